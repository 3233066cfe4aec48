"""eventDetail of system messages (facts.md 6.3)."""

from collections.abc import Callable

from m365sim.clock import graph_time
from m365sim.world.talk import Event

_Json = dict[str, object]


def event_detail(event: Event, tenant_id: str) -> _Json:
    """The typed detail of one system message."""
    detail: _Json = {
        "@odata.type": f"#microsoft.graph.{event.type}EventMessageDetail",
        "initiator": {"application": None, "device": None, "user": _user(event.initiator_id, tenant_id)},
    }
    more = _MORE.get(event.type)
    return detail | more(event, tenant_id) if more else detail


def _user(user_id: str, tenant_id: str) -> _Json:
    return {
        "@odata.type": "#microsoft.graph.teamworkUserIdentity",
        "id": user_id,
        "displayName": None,
        "userIdentityType": "aadUser",
        "tenantId": tenant_id,
    }


def _members(event: Event, tenant_id: str) -> _Json:
    return {"members": [_user(member, tenant_id) for member in event.member_ids]}


def _members_added(event: Event, tenant_id: str) -> _Json:
    return {"visibleHistoryStartDateTime": graph_time(0)} | _members(event, tenant_id)


def _renamed(event: Event, tenant_id: str) -> _Json:
    del tenant_id
    return {"chatId": event.text, "chatDisplayName": event.topic}


def _pinned(event: Event, tenant_id: str) -> _Json:
    del tenant_id
    return {"eventDateTime": event.text}


_MORE: dict[str, Callable[[Event, str], _Json]] = {
    "membersAdded": _members_added,
    "membersDeleted": _members,
    "membersJoined": _members,
    "membersLeft": _members,
    "chatRenamed": _renamed,
    "messagePinned": _pinned,
    "messageUnpinned": _pinned,
}
