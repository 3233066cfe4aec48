"""Named switches for what Microsoft's sources leave open or contradict, each declared once with its source."""

from typing import Annotated, Literal, get_type_hints

from msgspec import Struct, structs

from m365sim.behaviors import Behavior, assumed, documented, observed


class Switches(Struct, forbid_unknown_fields=True):
    """Each default is the choice that is safer for a client to be built against."""

    access_token_seconds: Annotated[int, assumed("1.2", "Life of an access token; real ones live 60 to 90 minutes")] = (
        3600
    )
    issuer_of_common: Annotated[
        Literal["template", "tenant"], assumed("1.5", "Issuer that `common` and `organizations` publish: `{tenantid}`")
    ] = "template"
    every_token_carries_all: Annotated[
        bool, assumed("1.2", "An access token carries everything consented, and not only what was asked")
    ] = False
    usable_plan_states: Annotated[
        tuple[str, ...], assumed("2", "provisioningStatus values of a Teams plan that count as licensed")
    ] = ("Success", "PendingInput", "PendingActivation", "PendingProvisioning")
    expired_delta_status: Annotated[
        Literal[410, 400], assumed("3", "A delta link over 7 days old: 410 with Location, or 400 syncStateNotFound")
    ] = 410
    presence_spelling: Annotated[
        Literal["Pascal", "camel"],
        assumed("4", "Presence spelled as in samples, or as on the resource page"),
    ] = "Pascal"
    idle_availability: Annotated[
        Literal["Available", "AvailableIdle"], assumed("4", "Availability of somebody whose session has gone idle")
    ] = "Available"
    presence_requests: Annotated[
        int, assumed("4", "Presence requests in 30 seconds, per app and tenant; older pages say 1,500")
    ] = 10_000
    existing_chat_status: Annotated[
        Literal[201, 200], assumed("5", "Status of POST /chats for a 1:1 chat that exists already")
    ] = 201
    sending_marks_read: Annotated[
        bool, assumed("5", "Sending carries the sender's own `lastMessageReadDateTime` forward")
    ] = True
    message_limit_bytes: Annotated[
        int, documented("6.2", "A message over Teams' classic limit gives 413; html, mentions and reactions count")
    ] = 28 * 1024
    messages_page: Annotated[int, assumed("6.3", "How many messages are listed without $top")] = 20
    undo_delete_change: Annotated[
        Literal["updated", "created"], assumed("6.4", "What the undoing of a deletion notifies as")
    ] = "updated"
    deleted_date_is_shown: Annotated[
        bool, observed("6.4", "A deleted message has its deletedDateTime; older reports had null")
    ] = True
    others_messages: Annotated[
        Literal["403", "allowed"], assumed("6.4", "Editing or deleting somebody else's message")
    ] = "403"
    several_reactions_per_user: Annotated[
        bool, assumed("6.4", "One person can have several reactions on one message")
    ] = True
    user_subscriptions_carry_system_events: Annotated[
        bool, assumed("7.1", "User-level subscriptions carry system events")
    ] = True
    teams_subscription_minutes: Annotated[
        int, assumed("7.2", "Longest life of a subscription to Teams resources; two older pages say 60")
    ] = 4320
    organization_subscriptions: Annotated[
        int, documented("7.2", "The organization's quota of Teams subscriptions, over all apps")
    ] = 10_000
    user_subscriptions: Annotated[int, documented("7.2", "The quota of each per-user kind, over all apps")] = 10
    client_state_required: Annotated[
        bool, assumed("7.2", "A subscription without clientState is refused, as one page could be read")
    ] = False
    presence_counts_in_organization_quota: Annotated[
        bool, assumed("7.2", "Presence subscriptions count among the organization's Teams subscriptions")
    ] = False
    lapse_holds_changes: Annotated[
        bool, assumed("7.3", "Changes during a lapse of the token are held for 4 h (webhooks page) or lost (lifecycle)")
    ] = False
    change_type_spelling: Annotated[
        Literal["created", "Created"], assumed("7.3", "changeType of notifications, which one sample has in capitals")
    ] = "created"
    challenge_minutes: Annotated[
        int, assumed("7.6", "reauthorizationRequired that long before a lapse, and again at that pace")
    ] = 15
    reaction_removal_notifies_twice: Annotated[
        bool, observed("7.3", "A removed reaction gives two `updated` notifications")
    ] = True
    unknown_properties: Annotated[
        Literal["refused", "ignored"],
        assumed("10", "A property that Graph's type lacks gives 400 in a request; seen so at other endpoints of Graph"),
    ] = "refused"
    validation_proof_version: Annotated[
        Literal["2.0", "1.0"],
        assumed("7.5", "Kind of the validationTokens, by issuer and `azp` or `appid`; one page shows both"),
    ] = "2.0"
    throttling: Annotated[
        bool, documented("8", "Throttling by Microsoft's table, with a short and a sustained window")
    ] = True
    mixed_batches: Annotated[
        bool, assumed("8", "A batch may have other dependencies than one chain, or all on the first request")
    ] = False
    dashes_use_default_limits: Annotated[
        bool, assumed("8", '"-" cells of the throttling table are under the default limits as well')
    ] = False


def switchable() -> dict[str, Behavior]:
    """The behavior behind each switch, by the switch's name."""
    hints = get_type_hints(Switches, include_extras=True)
    return {
        field.name: behavior
        for field in structs.fields(Switches)
        for behavior in getattr(hints[field.name], "__metadata__", ())
    }


def defaults() -> dict[str, object]:
    """What each switch is unless it is set."""
    return {field.name: field.default for field in structs.fields(Switches)}
