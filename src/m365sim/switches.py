"""Named switches for what Microsoft's sources leave open or contradict (facts.md 7.3, 8 and 11)."""

from msgspec import Struct


class Switches(Struct, forbid_unknown_fields=True):
    """Each default is the choice that is safer for a client to be built against."""

    throttling: bool = True
    #: "-" cells of the throttling table: under the default limits as well, as one sentence can be read.
    dashes_use_default_limits: bool = False
    #: Changes while the attached token has lapsed are lost (lifecycle page) or held for 4 h (webhooks page).
    lapse_holds_changes: bool = False
    #: A removed reaction was seen to give two `updated` notifications.
    reaction_removal_notifies_twice: bool = True
    #: Status of POST /chats for a 1:1 chat that exists already: 201 or 200.
    existing_chat_status: int = 201
    #: Longest life of a subscription to Teams messages: 4320 minutes, or 60 by two older pages.
    teams_subscription_minutes: int = 4320
    #: Editing or deleting somebody else's message: "403" or "allowed".
    others_messages: str = "403"
    #: Whether an access token carries everything consented, as Entra may do, or only what was asked.
    every_token_carries_all: bool = False
    #: Teams' classic limit for one message, html and mentions and reactions included.
    message_limit_bytes: int = 28 * 1024
    #: Whether one person can have several reactions on one message.
    several_reactions_per_user: bool = True
    #: Whether user-level subscriptions carry system events.
    user_subscriptions_carry_system_events: bool = True
    #: Whether presence subscriptions count among the organization's Teams subscriptions.
    presence_counts_in_organization_quota: bool = False
    #: Whether a read carries `lastMessageReadDateTime` forward when somebody sends.
    sending_marks_read: bool = True
    #: Life of an access token; the real ones live 60 to 90 minutes.
    access_token_seconds: int = 3600
    #: provisioningStatus values of a Teams plan that count as licensed.
    usable_plan_states: tuple[str, ...] = (
        "Success",
        "PendingInput",
        "PendingActivation",
        "PendingProvisioning",
    )
    #: GET of a delta link whose token is older than 7 days: 410 with Location, or 400 syncStateNotFound.
    expired_delta_status: int = 410
    #: The organization's quota of Teams subscriptions.
    organization_subscriptions: int = 10_000
    #: The quota of each per-user kind, over all apps.
    user_subscriptions: int = 10
