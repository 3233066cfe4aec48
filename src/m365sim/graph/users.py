"""Directory users: list, get, delta, licenses (facts.md 2 and 3)."""

import re
from collections.abc import Iterable

from m365sim.graph import odata
from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.errors import GraphError
from m365sim.graph.operations import USER_FULL_READERS
from m365sim.graph.render_users import BASIC, DEFAULT, GETTERS, license_details, user_json
from m365sim.graph.user_filter import matcher
from m365sim.world import directory
from m365sim.world.licenses import CATALOG
from m365sim.world.records import User
from m365sim.world.refusals import Missing

MAX_PAGE = 999
DEFAULT_PAGE = 100


def get_me(call: Call) -> Answer:
    """GET /me."""
    return Answer(body=_one(call, call.me))


def get_user(call: Call) -> Answer:
    """GET /users/{id}."""
    return Answer(body=_one(call, target(call)))


def target(call: Call) -> User:
    """The user in the path; `me` is the caller."""
    if "user" not in call.ids:
        return call.me
    try:
        return directory.get_user(call.world, call.ids["user"])
    except Missing as missing:
        raise GraphError(404, "Request_ResourceNotFound", str(missing)) from missing


def list_users(call: Call) -> Answer:
    """GET /users: pages of 100, at most 999; $skip does not exist."""
    if "$skip" in call.query:
        raise GraphError(400, "Request_BadRequest", "'$skip' is not supported by the service.")
    _check_advanced(call)
    top, start = page(call)
    names = odata.selected(call) or list(DEFAULT)
    people = _ordered(call)
    matches = matcher(call.query.get("$filter"), call.query.get("$search"))
    found: list[User] = []
    position = start
    while position < len(people) and len(found) < top:
        user = people[position]
        position += 1
        if not user.deleted and directory.is_local(call.world, user) and matches(user):
            found.append(user)
    more = any(
        not user.deleted and directory.is_local(call.world, user) and matches(user)
        for user in people[position : position + 1] or ()
    ) or position + 1 < len(people)
    next_link = None
    if more and len(found) == top:
        next_link = odata.link(call, {"$skiptoken": odata.make_token({"at": position})})
    count = None
    if call.query.get("$count") == "true" and "$skiptoken" not in call.query:
        count = sum(1 for user in directory.list_users(call.world) if matches(user))
    value = [visible(call, user, names) for user in found]
    context = call.context("users" if "$select" not in call.query else f"users({','.join(names)})")
    return Answer(body=odata.collection(context, value, next_link, count))


def count_users(call: Call) -> Answer:
    """GET /users/$count: the number alone, as text, and only for who accepts that it may be a little old."""
    if call.headers.get("consistencylevel", "").lower() != "eventual":
        raise GraphError(400, "Request_BadRequest", "$count is not currently supported.")
    matches = matcher(call.query.get("$filter"), call.query.get("$search"))
    count = sum(1 for user in directory.list_users(call.world) if matches(user))
    return Answer(raw=str(count).encode(), headers={"Content-Type": "text/plain"})


def no_photo(call: Call) -> Answer:
    """GET /users/{id}/photo and its bytes: nobody here has one, which is what apps have to live with anyway."""
    target(call)
    raise GraphError(404, "ImageNotFound", "The photo wasn't found.")


def list_organizations(call: Call) -> Answer:
    """GET /organization: there is one."""
    tenant = call.world.tenant
    domain: Json = {"name": tenant.domain, "type": "Managed", "isDefault": True, "isInitial": True}
    value: list[Json] = [{"id": tenant.id, "displayName": tenant.name, "verifiedDomains": [domain]}]
    return Answer(body=odata.collection(call.context("organization"), value))


def license_list(call: Call) -> Answer:
    """GET /me/licenseDetails: products with their service plans."""
    user = target(call)
    value = [license_details(user, sku) for sku in user.skus if sku in CATALOG]
    return Answer(body=odata.collection(call.context(f"users('{user.id}')/licenseDetails"), value))


def teams_licensing(call: Call) -> Answer:
    """GET /me/licenseDetails/getTeamsLicensingDetails."""
    return Answer(
        body={
            "@odata.context": call.context("microsoft.graph.teamsLicensingDetails"),
            "hasTeamsLicense": directory.has_teams(call.world, target(call)),
        }
    )


def _one(call: Call, user: User) -> Json:
    names = odata.selected(call)
    suffix = f"({','.join(names)})" if names else ""
    body: Json = {"@odata.context": call.context(f"users{suffix}/$entity")}
    return body | visible(call, user, names or list(DEFAULT))


def visible(call: Call, user: User, names: Iterable[str]) -> Json:
    """With User.ReadBasic.All only the basic profile of others is there."""
    allowed = call.caller.bearer.scopes | call.caller.bearer.roles
    full = not allowed.isdisjoint(USER_FULL_READERS) or user is call.caller.user
    if full:
        return user_json(user, names)
    shown = user_json(user, [name for name in names if name in BASIC])
    if "$select" in call.query:
        shown |= {name: None for name in names if name in GETTERS and name not in BASIC}
    return shown


def page(call: Call) -> tuple[int, int]:
    text = call.query.get("$top", str(DEFAULT_PAGE))
    if not text.isdigit() or not 1 <= int(text) <= MAX_PAGE:
        raise GraphError(
            400,
            "Request_BadRequest",
            f"Invalid page size specified: '{text}'. Must be between 1 and {MAX_PAGE} inclusive.",
        )
    token = call.query.get("$skiptoken")
    start = odata.read_token(token).get("at", 0) if token else 0
    return int(text), start if isinstance(start, int) else 0


def _check_advanced(call: Call) -> None:
    """Some options need ConsistencyLevel: eventual, and $count=true with it."""
    text = call.query.get("$filter", "").lower()
    advanced = "$search" in call.query or "$count" in call.query or "endswith(" in text
    advanced = advanced or re.search(r"\bne\b", text) is not None
    if advanced and call.headers.get("consistencylevel", "").lower() != "eventual":
        raise GraphError(
            400,
            "Request_UnsupportedQuery",
            "Request with $search query parameter only works through MSGraph with a special request header:"
            " 'ConsistencyLevel: eventual'"
            if "$search" in call.query
            else "The specified filter or $count needs the header 'ConsistencyLevel: eventual' and $count=true.",
        )


def _ordered(call: Call) -> list[User]:
    text = call.query.get("$orderby")
    if not text:
        return call.world.user_list
    name, _, direction = text.strip().partition(" ")
    getter = GETTERS.get(name)
    if getter is None or direction.strip().lower() not in ("", "asc", "desc"):
        raise GraphError(400, "Request_UnsupportedQuery", f"Sorting not supported for '{text}'.")
    return sorted(
        call.world.user_list,
        key=lambda user: str(getter(user) or "").casefold(),
        reverse=direction.strip().lower() == "desc",
    )
