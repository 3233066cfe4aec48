"""System events that nobody causes through Graph: calls, recordings, pins, tabs, apps (facts.md 6.3)."""

from m365sim.world import messages
from m365sim.world.records import User
from m365sim.world.refusals import Invalid
from m365sim.world.talk import Chat, Event, Message
from m365sim.world.world import World

#: What can happen in a chat, without what only channels and teams have.
HAPPENINGS = (
    "callStarted",
    "callEnded",
    "callRecording",
    "callTranscript",
    "conversationMemberRoleUpdated",
    "meetingPolicyUpdated",
    "membersJoined",
    "membersLeft",
    "messagePinned",
    "messageUnpinned",
    "tabUpdated",
    "teamsAppInstalled",
    "teamsAppRemoved",
    "teamsAppUpgraded",
)
_APP = "Contoso Approvals"


def happen(world: World, chat: Chat, by: User, kind: str) -> Message:
    """Let it happen; the particulars are invented."""
    if kind not in HAPPENINGS:
        raise Invalid(f"'{kind}' cannot happen in a chat; what can is {', '.join(HAPPENINGS)}.")
    call = world.chance.guid() if kind.startswith("call") else ""
    event = Event(
        type=kind,
        initiator_id=by.id,
        member_ids=(by.id,) if kind in ("membersJoined", "membersLeft") else tuple(chat.members),
        details={"callId": call} if call else _details(world, chat, kind),
    )
    return messages.announce(world, chat, event)


def _details(world: World, chat: Chat, kind: str) -> dict[str, str]:
    if kind == "tabUpdated":
        return {"tabId": f"tab::{world.chance.guid()}"}
    if kind == "meetingPolicyUpdated":
        return {"meetingChatId": chat.id}
    if kind.startswith("teamsApp"):
        return {"teamsAppId": world.chance.guid(), "teamsAppDisplayName": _APP}
    return {}
