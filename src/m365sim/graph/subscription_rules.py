"""Which subscriptions are allowed: permissions, urls, life times, quotas, duplicates (facts.md 7.2)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from msgspec import structs

from m365sim.clock import parse_time
from m365sim.delivery import resources
from m365sim.delivery.crypto import UnusableCertificate, read_certificate
from m365sim.delivery.resources import KINDS, MAX_PRESENCE_TARGETS, Kind, parse_resource
from m365sim.graph.bodies import Body
from m365sim.graph.call import Call
from m365sim.graph.errors import GraphError, bad_request, forbidden, no_license, not_found
from m365sim.world import chats, directory
from m365sim.world.watching import Resource, Subscription
from m365sim.world.world import World

SHORTEST = 45 * 60.0
WITHOUT_LIFECYCLE = 60 * 60.0
#: Clocks differ a little, and a request takes its time.
TOLERANCE = 60.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_TEXT = 128
DIRECTORY_QUOTA = 100
PROPERTIES = frozenset(
    {
        "id", "applicationId", "creatorId", "notificationUrlAppId", "notificationQueryOptions", "changeType",
        "clientState", "encryptionCertificate", "encryptionCertificateId", "expirationDateTime",
        "includeResourceData", "latestSupportedTlsVersion", "lifecycleNotificationUrl", "notificationUrl",
        "resource",
    }
)  # fmt: skip


class SubscriptionBody(Body, rename="camel"):
    """POST /subscriptions."""

    graph_type = "microsoft.graph.subscription"
    accepted = PROPERTIES
    change_type: str = ""
    notification_url: str = ""
    resource: str = ""
    expiration_date_time: str = ""
    lifecycle_notification_url: str | None = None
    client_state: str | None = None
    include_resource_data: bool | None = None
    encryption_certificate: str | None = None
    encryption_certificate_id: str | None = None
    latest_supported_tls_version: str | None = None
    notification_query_options: str | None = None


def propose(call: Call, body: SubscriptionBody) -> Subscription:
    """The subscription as it will be if the webhook proves itself."""
    watches = _resource(call, body.resource)
    kind = KINDS[watches.kind]
    changes = _change_types(body.change_type, kind)
    _check_permission(call, watches, kind)
    _check_target(call, watches)
    check_url(body.notification_url, "notificationUrl")
    if body.lifecycle_notification_url:
        check_url(body.lifecycle_notification_url, "lifecycleNotificationUrl")
    _check_texts(body)
    if call.world.switches.client_state_required and not body.client_state:
        raise bad_request("clientState is a required property for subscription creation.")
    _check_rich(body, kind)
    end = planned_end(
        call.world,
        body.expiration_date_time,
        watches.kind,
        has_lifecycle=bool(body.lifecycle_notification_url),
    )
    subscription = _new(call, body, watches, (changes, end))
    check_duplicate(call.world, subscription)
    _check_quotas(call.world, subscription, kind)
    return subscription


def _new(call: Call, body: SubscriptionBody, watches: Resource, decided: tuple[tuple[str, ...], float]) -> Subscription:
    """The record, with the change types and the end that were decided."""
    changes, end = decided
    now = call.world.clock.now()
    return Subscription(
        id=call.world.chance.guid(),
        resource=body.resource,
        watches=watches,
        change_types=changes,
        notification_url=body.notification_url,
        lifecycle_url=body.lifecycle_notification_url,
        client_state=body.client_state,
        expires_at=end,
        client_id=call.caller.app_id,
        creator_id=creator_id(call),
        by_user=call.caller.user is not None,
        include_resource_data=bool(body.include_resource_data),
        certificate=body.encryption_certificate,
        certificate_id=body.encryption_certificate_id,
        tls_version=body.latest_supported_tls_version,
        unknown_members="include-unknown-enum-members" in call.prefers,
        token_expires_at=call.caller.bearer.expires_at,
        created_at=now,
        renewed_at=now,
        notification_query_options=body.notification_query_options,
        last_token_id=call.caller.bearer.token_id,
    )


def creator_id(call: Call) -> str:
    """The signed-in user, or the app's service principal."""
    if call.caller.user is not None:
        return call.caller.user.id
    app = call.world.apps.get(call.caller.app_id)
    return app.object_id if app else call.caller.app_id


def planned_end(world: World, text: str, kind: str, *, has_lifecycle: bool) -> float:
    """When the subscription will end; short ones are raised to 45 minutes."""
    if not text:
        raise bad_request("expirationDateTime is a required property for subscription creation.")
    try:
        end = parse_time(text)
    except ValueError as trouble:
        raise bad_request("expirationDateTime is not a date and time.") from trouble
    now = world.clock.now()
    if end <= now:
        raise bad_request("Subscription expiration can only be in the future.")
    minutes = KINDS[kind].minutes
    if KINDS[kind].teams:
        minutes = min(minutes, world.switches.teams_subscription_minutes)
    if end > now + minutes * 60 + TOLERANCE:
        raise bad_request(f"Subscription expiration can only be {minutes} minutes in the future.")
    needs_lifecycle = kind not in (resources.USERS, resources.USER)
    if needs_lifecycle and not has_lifecycle and end > now + WITHOUT_LIFECYCLE + TOLERANCE:
        raise bad_request(
            "lifecycleNotificationUrl is a required property for subscription creation on this resource when"
            " the expirationDateTime value is set to greater than 1 hour"
        )
    return max(end, now + SHORTEST)


def check_url(url: str, name: str) -> None:
    """Https, or http to this machine (a deviation: Microsoft wants https always)."""
    parts = urlsplit(url)
    if not url or not parts.hostname:
        raise bad_request(f"{name} is not an absolute address.")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise bad_request(f"{name} must use https.")


def check_certificate(certificate: str, certificate_id: str | None) -> None:
    """A certificate that can encrypt, with a name that the subscriber chose."""
    if not certificate_id:
        raise bad_request("encryptionCertificateId is required together with encryptionCertificate.")
    try:
        read_certificate(certificate)
    except UnusableCertificate as trouble:
        raise bad_request(f"The encryptionCertificate cannot be used: {trouble}") from trouble


def _resource(call: Call, text: str) -> Resource:
    watches = parse_resource(text, call.caller.user.id if call.caller.user else None)
    if watches is None:
        raise bad_request(f"Resource '{text}' is not supported for subscriptions.")
    if len(watches.targets) > MAX_PRESENCE_TARGETS:
        raise bad_request(f"At most {MAX_PRESENCE_TARGETS} users can be watched by one subscription.")
    user = directory.find_user(call.world, watches.target) if KINDS[watches.kind].per_user else None
    # People may be named by UPN; what is watched is the object.
    return structs.replace(watches, target=user.id) if user else watches


def _change_types(text: str, kind: Kind) -> tuple[str, ...]:
    changes = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if not changes or not kind.changes.issuperset(changes):
        raise bad_request(
            f"Invalid changeType '{text}': allowed for this resource are {', '.join(sorted(kind.changes))}."
        )
    return changes


def _check_permission(call: Call, watches: Resource, kind: Kind) -> None:
    delegated = call.caller.user is not None
    needed = kind.delegated if delegated else kind.application
    held = call.caller.bearer.scopes if delegated else call.caller.bearer.roles
    if not needed:
        how = "delegated" if delegated else "application"
        raise forbidden(f"Operation: Create; Exception: {how} permissions are not supported for this resource.")
    if held.isdisjoint(needed):
        raise forbidden(
            "Operation: Create; Exception: [Status Code: Forbidden; Reason: Missing scope permissions on the"
            f" request. API requires one of '{', '.join(needed)}'. Scopes on the request"
            f" '{', '.join(sorted(held))}']"
        )
    user = call.caller.user
    if user is not None and kind.teams and not directory.has_teams(call.world, user):
        raise no_license()
    if user is not None and kind.per_user and watches.target != user.id:
        raise forbidden("The user in the resource must be the signed-in user.", "InsufficientPrivileges")


def _check_target(call: Call, watches: Resource) -> None:
    world = call.world
    if watches.kind in (resources.CHAT, resources.CHAT_MESSAGES, resources.CHAT_MEMBERS):
        chat = chats.get_chat(world, watches.target)
        if call.caller.user is not None:
            chats.get_chat_of(world, call.caller.user, chat.id)
    people = watches.targets or ((watches.target,) if KINDS[watches.kind].per_user else ())
    for person in people:
        if directory.find_user(world, person) is None:
            raise not_found(f"User '{person}' was not found.")


def _check_texts(body: SubscriptionBody) -> None:
    if len(body.client_state or "") > MAX_TEXT:
        raise bad_request(f"clientState must not be longer than {MAX_TEXT} characters.")
    if len(body.encryption_certificate_id or "") > MAX_TEXT:
        raise bad_request(f"encryptionCertificateId must not be longer than {MAX_TEXT} characters.")


def _check_rich(body: SubscriptionBody, kind: Kind) -> None:
    if not body.include_resource_data:
        return
    if not kind.rich:
        raise bad_request("includeResourceData is not supported for this resource.")
    if not body.encryption_certificate:
        raise bad_request("encryptionCertificate is required when includeResourceData is set to true.")
    check_certificate(body.encryption_certificate, body.encryption_certificate_id)


def _alive(world: World) -> Iterable[Subscription]:
    now = world.clock.now()
    return (item for item in world.subscriptions.values() if item.expires_at > now)


def check_duplicate(world: World, new: Subscription) -> None:
    """The same changes of the same resource, twice for the same app and user."""
    for old in _alive(world):
        same_owner = (old.client_id, old.creator_id) == (new.client_id, new.creator_id)
        same = old.watches == new.watches and set(old.change_types) == set(new.change_types)
        if same_owner and same:
            raise GraphError(
                409, "Conflict", f"Subscription Id <{old.id}> already exists for the requested combination"
            )


def _check_quotas(world: World, new: Subscription, kind: Kind) -> None:
    """Quotas of the organization, of one user, and of one app (facts.md 7.2)."""
    alive = list(_alive(world))
    presence_counts = world.switches.presence_counts_in_organization_quota
    if kind.teams or (presence_counts and new.watches.kind == resources.PRESENCE):
        counted = [
            item
            for item in alive
            if KINDS[item.watches.kind].teams or (presence_counts and item.watches.kind == resources.PRESENCE)
        ]
        if len(counted) >= world.switches.organization_subscriptions:
            raise forbidden("The organization has reached its limit of Teams subscriptions.")
    same = [item for item in alive if item.watches.kind == new.watches.kind]
    of_user = [item for item in same if item.watches.target == new.watches.target]
    if kind.per_user and len(of_user) >= world.switches.user_subscriptions:
        raise forbidden("The user has reached the limit of subscriptions for this resource.")
    _check_app_quotas(new, [item for item in same if item.client_id == new.client_id])


def _check_app_quotas(new: Subscription, of_app: list[Subscription]) -> None:
    in_chat = new.watches.kind in (resources.CHAT, resources.CHAT_MESSAGES, resources.CHAT_MEMBERS)
    if in_chat and any(item.watches.target == new.watches.target for item in of_app):
        raise forbidden("The application has reached the limit of subscriptions for this chat.")
    if new.watches.kind == resources.PRESENCE and any(item.creator_id == new.creator_id for item in of_app):
        raise forbidden("The application has reached the limit of presence subscriptions for this user.")
    if new.watches.kind in (resources.USERS, resources.USER) and len(of_app) >= DIRECTORY_QUOTA:
        raise forbidden("The application has reached the limit of subscriptions for this resource.")
