"""A directory user as Graph's JSON, property by property (facts.md 3)."""

import base64
import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import attrgetter

from m365sim.clock import graph_time
from m365sim.graph.call import Json
from m365sim.world.licenses import CATALOG
from m365sim.world.records import User

_EPOCH = "2024-01-15T09:00:00Z"


def _assigned_licenses(user: User) -> object:
    return [{"disabledPlans": [], "skuId": CATALOG[sku].id} for sku in user.skus if sku in CATALOG]


@lru_cache(maxsize=1024)
def _plans_of(skus: tuple[str, ...]) -> list[Json]:
    """Most people have the same products."""
    return [
        {
            "assignedDateTime": _EPOCH,
            "capabilityStatus": "Deleted" if plan.state == "Disabled" else "Enabled",
            "service": plan.service,
            "servicePlanId": plan.id,
        }
        for sku in skus
        if sku in CATALOG
        for plan in CATALOG[sku].plans
    ]


def _assigned_plans(user: User) -> object:
    return _plans_of(user.skus)


GETTERS: dict[str, Callable[[User], object]] = {
    "id": attrgetter("id"),
    "businessPhones": lambda user: list(user.business_phones),
    "displayName": attrgetter("display_name"),
    "givenName": attrgetter("given_name"),
    "jobTitle": attrgetter("job_title"),
    "mail": attrgetter("mail"),
    "mobilePhone": attrgetter("mobile_phone"),
    "officeLocation": attrgetter("office_location"),
    "preferredLanguage": attrgetter("preferred_language"),
    "surname": attrgetter("surname"),
    "userPrincipalName": attrgetter("upn"),
    "accountEnabled": attrgetter("enabled"),
    "assignedLicenses": _assigned_licenses,
    "assignedPlans": _assigned_plans,
    "companyName": attrgetter("company_name"),
    "createdDateTime": lambda user: graph_time(user.created_ms) if user.created_ms else _EPOCH,
    "department": attrgetter("department"),
    "externalUserState": lambda user: "Accepted" if user.user_type == "Guest" else None,
    "mailNickname": lambda user: user.upn.split("@")[0],
    "otherMails": lambda _user: [],
    "proxyAddresses": lambda user: list(user.addresses()),
    "imAddresses": lambda user: [user.upn],
    "userType": attrgetter("user_type"),
    "usageLocation": lambda _user: "IE",
    "identities": lambda user: [
        {
            "signInType": "userPrincipalName",
            "issuer": user.upn.split("@")[-1],
            "issuerAssignedId": user.upn,
        }
    ],
    "postalCode": lambda _user: None,
    "city": lambda _user: None,
    "country": lambda _user: None,
    "employeeId": lambda _user: None,
    "onPremisesSyncEnabled": lambda _user: None,
    "securityIdentifier": lambda _user: None,
}

#: What changes with which field of the record.
PROPERTIES_OF: dict[str, tuple[str, ...]] = {
    "display_name": ("displayName",),
    "given_name": ("givenName",),
    "surname": ("surname",),
    "upn": ("userPrincipalName", "mailNickname", "imAddresses"),
    "mail": ("mail", "proxyAddresses"),
    "job_title": ("jobTitle",),
    "department": ("department",),
    "company_name": ("companyName",),
    "office_location": ("officeLocation",),
    "mobile_phone": ("mobilePhone",),
    "business_phones": ("businessPhones",),
    "preferred_language": ("preferredLanguage",),
    "proxy_addresses": ("proxyAddresses",),
    "enabled": ("accountEnabled",),
    "skus": ("assignedLicenses", "assignedPlans"),
    "user_type": ("userType", "externalUserState"),
}

#: Without $select Graph gives these.
DEFAULT = (
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip

#: What User.ReadBasic.All shows of others.
BASIC = frozenset({"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"})


def user_json(user: User, names: Iterable[str]) -> Json:
    """The chosen properties; unknown names are left out, as Graph leaves out what an open type lacks."""
    return {name: getter(user) for name, getter in getters_of(tuple(names))}


@lru_cache(maxsize=256)
def getters_of(names: tuple[str, ...]) -> tuple[tuple[str, Callable[[User], object]], ...]:
    """Looked up once for each selection."""
    return tuple((name, GETTERS[name]) for name in names if name in GETTERS)


def license_details(user: User, sku_name: str) -> Json:
    """One product of a user."""
    sku = CATALOG[sku_name]
    digest = hashlib.sha256(f"{user.id}{sku.id}".encode()).digest()
    return {
        "id": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "skuId": sku.id,
        "skuPartNumber": sku_name,
        "servicePlans": [
            {
                "servicePlanId": plan.id,
                "servicePlanName": plan.name,
                "provisioningStatus": plan.state,
                "appliesTo": plan.applies_to,
            }
            for plan in sku.plans
        ],
    }
