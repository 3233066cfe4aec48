"""What happens in a chat without anybody saying it, in words: calls, members, pins, apps (facts.md 6.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.resources import EventDetail, Identity, IdentitySet

MOST_NAMES: Final = 5


@dataclass(frozen=True, slots=True)
class Somebody:
    """Graph gives the id and hardly ever the name."""

    id: MicrosoftUserId | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class RawEvent:
    """What happened, still with Microsoft's ids; `particulars` are words that the sentence needs."""

    kind: str
    by: Somebody
    members: tuple[Somebody, ...] = ()
    particulars: dict[str, str] = field(default_factory=dict)


NameOf = Callable[[Somebody], str]
"""The name to show; never empty."""


def event_from_graph(detail: EventDetail) -> RawEvent:
    """The event; of a kind that nobody knows yet as well."""
    kind = detail.type.removeprefix("#microsoft.graph.").removesuffix("EventMessageDetail")
    members = [*(detail.members or []), *([detail.conversation_member_user] if detail.conversation_member_user else [])]
    words = {
        "duration": detail.call_duration,
        "status": detail.call_recording_status,
        "name": detail.chat_display_name,
        "app": detail.teams_app_display_name,
        "role": ", ".join(detail.conversation_member_roles or []) or None,
        "enabled": "no" if detail.meeting_chat_enabled is False else None,
    }
    particulars = {key: " ".join(word.replace("\x00", "").split())[:200] for key, word in words.items() if word}
    return RawEvent(kind, _initiator(detail.initiator), tuple(_somebody(each) for each in members), particulars)


def sentence(event: RawEvent, name_of: NameOf) -> str:
    """What happened, for people."""
    words = _SENTENCES.get(event.kind)
    if words is None:
        return f"{name_of(event.by)} changed something in the Microsoft Teams chat"
    others = [each for each in event.members if each.id != event.by.id]
    return words(event, name_of(event.by), _names(others, name_of))


def _names(people: list[Somebody], name_of: NameOf) -> str:
    names = [name_of(each) for each in people[:MOST_NAMES]]
    if len(people) > MOST_NAMES:
        names.append(f"{len(people) - MOST_NAMES} more")
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _initiator(found: IdentitySet | None) -> Somebody:
    if found is None:
        return Somebody(None)
    if found.user is None:
        return Somebody(None, (found.application.display_name or "") if found.application else "")
    return _somebody(found.user)


def _somebody(found: Identity) -> Somebody:
    name = (found.display_name or "").replace("\x00", "").strip()[:300]
    return Somebody(MicrosoftUserId(found.id) if found.id else None, name)


_Words = Callable[[RawEvent, str, str], str]


def _plain(words: str) -> _Words:
    return lambda _, by, others: words.format(by=by, others=others or by)


def _renamed(event: RawEvent, by: str, _: str) -> str:
    name = event.particulars.get("name")
    return f"{by} changed the name of the chat to “{name}”" if name else f"{by} removed the name of the chat"


def _added(_: RawEvent, by: str, others: str) -> str:
    return f"{by} added {others} to the chat" if others else f"{by} joined the chat"


def _deleted(_: RawEvent, by: str, others: str) -> str:
    return f"{by} removed {others} from the chat" if others else f"{by} left the chat"


def _ended(event: RawEvent, _: str, __: str) -> str:
    lasted = duration_in_words(event.particulars.get("duration", ""))
    return f"The call ended after {lasted}" if lasted else "The call ended"


_RECORDING = {
    "initial": "The recording of the call began",
    "chunkfinished": "The recording of the call is being saved",
    "failure": "The recording of the call could not be saved",
}


def _recorded(event: RawEvent, _: str, __: str) -> str:
    status = event.particulars.get("status", "").casefold()
    return _RECORDING.get(status, "The call was recorded; the recording is in Microsoft Teams")


def _role(event: RawEvent, by: str, others: str) -> str:
    return f"{by} changed the role of {others or by} to {event.particulars.get('role', 'member').lower()}"


def _policy(event: RawEvent, by: str, _: str) -> str:
    switched = "off" if event.particulars.get("enabled") == "no" else "on"
    return f"{by} switched the meeting's chat {switched}"


def _app(done: str) -> _Words:
    return lambda event, by, _: f"{by} {done} the app {event.particulars.get('app', 'in this chat')}"


_SENTENCES: Final[dict[str, _Words]] = {
    "membersAdded": _added,
    "membersDeleted": _deleted,
    "membersJoined": _plain("{others} joined"),
    "membersLeft": _plain("{others} left"),
    "conversationMemberRoleUpdated": _role,
    "chatRenamed": _renamed,
    "callStarted": _plain("{by} started a call"),
    "callEnded": _ended,
    "callRecording": _recorded,
    "callTranscript": _plain("The transcript of the call is in Microsoft Teams"),
    "messagePinned": _plain("{by} pinned a message in Microsoft Teams"),
    "messageUnpinned": _plain("{by} unpinned a message in Microsoft Teams"),
    "meetingPolicyUpdated": _policy,
    "tabUpdated": _plain("{by} changed a tab of the chat"),
    "teamsAppInstalled": _app("added"),
    "teamsAppRemoved": _app("removed"),
    "teamsAppUpgraded": _app("updated"),
}

_DURATION: Final = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?")


def duration_in_words(iso: str) -> str:
    """`PT1H5M` as `1 h 5 min`; nothing for what is no duration."""
    found = _DURATION.fullmatch(iso)
    if found is None:
        return ""
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    long = [f"{number} {unit}" for number, unit in ((days * 24 + hours, "h"), (minutes, "min")) if number]
    return " ".join(long) or (f"{seconds} s" if seconds else "")
