"""eventDetail of system messages (facts.md 6.3)."""

from collections.abc import Callable

from m365sim.clock import graph_time
from m365sim.world.talk import Event, Message

_Json = dict[str, object]
#: How Graph says that there is no such moment.
NEVER = "0001-01-01T00:00:00Z"


def event_detail(message: Message, tenant_id: str) -> _Json | None:
    """The typed detail of a system message; None for what somebody said."""
    event = message.event
    if event is None:
        return None
    detail: _Json = {"@odata.type": f"#microsoft.graph.{event.type}EventMessageDetail"}
    if event.type != "callTranscript":
        detail["initiator"] = _set(event.initiator_id, tenant_id)
    more = _MORE.get(event.type)
    return detail | dict(event.details) | (more(message, event, tenant_id) if more else {})


def _set(user_id: str, tenant_id: str) -> _Json:
    return {"application": None, "device": None, "user": _user(user_id, tenant_id)}


def _user(user_id: str, tenant_id: str) -> _Json:
    return {
        "@odata.type": "#microsoft.graph.teamworkUserIdentity",
        "id": user_id,
        "displayName": None,
        "userIdentityType": "aadUser",
        "tenantId": tenant_id,
    }


def _members(message: Message, event: Event, tenant_id: str) -> _Json:
    del message
    return {"members": [_user(member, tenant_id) for member in event.member_ids]}


def _members_added(message: Message, event: Event, tenant_id: str) -> _Json:
    # Everything from before is visible.
    return {"visibleHistoryStartDateTime": NEVER} | _members(message, event, tenant_id)


def _role(message: Message, event: Event, tenant_id: str) -> _Json:
    del message
    return {
        "conversationMemberRoles": ["Owner"],
        "conversationMemberUser": _user(event.initiator_id, tenant_id),
    }


def _renamed(message: Message, event: Event, tenant_id: str) -> _Json:
    del tenant_id
    return {"chatId": message.chat_id, "chatDisplayName": event.topic}


def _pinned(message: Message, event: Event, tenant_id: str) -> _Json:
    del event, tenant_id
    return {"eventDateTime": graph_time(message.created_ms)}


def _policy(message: Message, event: Event, tenant_id: str) -> _Json:
    del message, event, tenant_id
    return {"meetingChatEnabled": True}


def _started(message: Message, event: Event, tenant_id: str) -> _Json:
    del message, event, tenant_id
    return {"callEventType": "call"}


def _ended(message: Message, event: Event, tenant_id: str) -> _Json:
    participants = [{"participant": _set(member, tenant_id)} for member in event.member_ids]
    return _started(message, event, tenant_id) | {"callDuration": "PT59S", "callParticipants": participants}


def _recorded(message: Message, event: Event, tenant_id: str) -> _Json:
    del message
    return {
        "callRecordingDisplayName": "Recording.mp4",
        "callRecordingUrl": "https://contoso-my.sharepoint.com/personal/recordings/Recording.mp4",
        "callRecordingDuration": "PT59S",
        "callRecordingStatus": "success",
        "meetingOrganizer": _set(event.initiator_id, tenant_id),
    }


def _transcribed(message: Message, event: Event, tenant_id: str) -> _Json:
    return {
        "callTranscriptICalUid": f"040000008200E00074C5B7101A82E008{message.id}",
        "meetingOrganizer": _set(event.initiator_id, tenant_id),
    }


_MORE: dict[str, Callable[[Message, Event, str], _Json]] = {
    "membersAdded": _members_added,
    "membersDeleted": _members,
    "membersJoined": _members,
    "membersLeft": _members,
    "conversationMemberRoleUpdated": _role,
    "chatRenamed": _renamed,
    "messagePinned": _pinned,
    "messageUnpinned": _pinned,
    "meetingPolicyUpdated": _policy,
    "callStarted": _started,
    "callEnded": _ended,
    "callRecording": _recorded,
    "callTranscript": _transcribed,
}
