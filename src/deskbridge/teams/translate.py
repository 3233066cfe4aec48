"""From Microsoft's words to ours: messages, reactions, presence. Pure: no await, no clock, no I/O."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from deskbridge.conversations.attachments import Attachment as Shown
from deskbridge.conversations.attachments import with_words
from deskbridge.conversations.safe_html import note, to_text
from deskbridge.presence.model import Availability
from deskbridge.teams import html
from deskbridge.teams.cards import attachments_from_graph, file_ids_of
from deskbridge.teams.ids import GraphMessageId, MicrosoftUserId
from deskbridge.teams.presence_resources import MomentInZone, Presence
from deskbridge.teams.resources import (
    Attachment,
    ChatMessage,
    Identity,
    ItemBody,
    Reaction,
    Unreadable,
    in_utc,
    parse,
)
from deskbridge.teams.system_events import RawEvent, event_from_graph

_NAMED_REACTIONS = {"like": "👍", "heart": "❤️", "laugh": "😆", "surprised": "😮", "sad": "😢", "angry": "😡"}


@dataclass(frozen=True, slots=True)
class RawReaction:
    """One person's reaction, still with Microsoft's id of the person."""

    reaction: str
    user_id: MicrosoftUserId | None
    display_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RawQuote:
    """A message that another one answers: its id, and what Teams says of it for whoever does not know it."""

    id: GraphMessageId
    html: str


@dataclass(frozen=True, slots=True)
class MessageState:
    """The whole state of one Teams message at `modified`; `digest` tells two states of one moment apart."""

    id: GraphMessageId
    author_id: MicrosoftUserId | None
    author_name: str
    html: str
    text: str
    created: datetime
    modified: datetime
    edited: datetime | None
    deleted: datetime | None
    reactions: tuple[RawReaction, ...]
    digest: str
    quotes: tuple[RawQuote, ...] = ()
    """Not part of html and text."""
    attachments: tuple[Shown, ...] = ()
    """Not part of html; their words are part of text."""
    file_ids: tuple[str, ...] = ()
    """What Microsoft calls the files among its attachments."""
    event: RawEvent | None = None
    """Something that happened in the chat; then there is neither html nor text."""


def is_said_by_someone(message: ChatMessage) -> bool:
    """Whether it is a message, of a person or of an app: events come without an author or with another type."""
    author = message.from_
    return (
        message.message_type.casefold() == "message" and author is not None and bool(author.user or author.application)
    )


def is_to_be_shown(message: ChatMessage) -> bool:
    """Whether it is a message or something that happened in the chat; not what only says that somebody types."""
    return is_said_by_someone(message) or _happened(message)


def _happened(message: ChatMessage) -> bool:
    return message.event_detail is not None and message.message_type.casefold() in _EVENTS


# The second is what Graph says of the first to who does not ask for unknown members (facts.md 0).
_EVENTS = {"systemeventmessage", "unknownfuturevalue"}


def message_from_graph(message: ChatMessage, chat_url: str | None) -> MessageState:
    """The message as it can be shown here."""
    event = event_from_graph(message.event_detail) if message.event_detail and _happened(message) else None
    deleted = None if event else _deleted_at(message)
    is_shown = not event and not deleted
    shown = _html(message) if is_shown else ""
    attachments = attachments_from_graph(message.attachments, chat_url) if is_shown else ()
    reactions = () if deleted else _reactions(message)
    edited = in_utc(message.last_edited_date_time) if message.last_edited_date_time else None
    user = message.from_.user if message.from_ else None
    app = message.from_.application if message.from_ else None
    name = (user or app or Identity()).display_name
    return MessageState(
        id=GraphMessageId(message.id),
        author_id=MicrosoftUserId(user.id) if user and user.id else None,
        author_name=without_nul(name or "Someone in Teams"),
        html=shown,
        text=with_words(to_text(shown), attachments),
        created=message.created,
        modified=message.modified,
        edited=edited,
        deleted=deleted,
        reactions=reactions,
        quotes=_quotes(message) if is_shown else (),
        digest=hashlib.sha256(
            repr((shown, edited, deleted, reactions, *_more(attachments, event))).encode()
        ).hexdigest(),
        attachments=attachments,
        file_ids=file_ids_of(message.attachments) if is_shown else (),
        event=event,
    )


def _more(*parts: object) -> list[object]:
    """What most messages do not have, and whose absence says nothing."""
    return [each for each in parts if each]


def without_nul(text: str) -> str:
    """PostgreSQL stores no NUL, and nobody means one."""
    return text.replace("\x00", "")


_PICTURE = re.compile(r"<img\b[^<>]*>")
_FILE = re.compile(r"^File: .*$", re.MULTILINE)


def characters(shown: str, text: str) -> str:
    """The words of a message without what they say of its pictures and files: that may read differently in Teams."""
    if "<img" in shown:
        text = to_text(_PICTURE.sub("\ufffc", shown)) + text.removeprefix(to_text(shown))
    return _FILE.sub("\ufffc", text)


def said_by(characters_: str, file_ids: Sequence[str] = ()) -> str:
    """What tells a message from another on its way through Teams: its characters, and which files it has."""
    return fingerprint("\n".join([characters_, *sorted(each.casefold() for each in file_ids)]))


def fingerprint(text: str) -> str:
    """What stays the same of a text on its way through Teams: its characters, not white space nor their form."""
    bare = "".join(unicodedata.normalize("NFKC", text).split())
    return hashlib.sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()


def _deleted_at(message: ChatMessage) -> datetime | None:
    """Older reports have `deletedDateTime` stay null: an emptied message counts as deleted too (facts.md 6.4)."""
    if message.deleted_date_time:
        return in_utc(message.deleted_date_time)
    content = message.body.content if message.body else None
    is_empty = not (content or "").strip() and not message.attachments
    return message.modified if is_empty and message.message_type == "message" else None


def _html(message: ChatMessage) -> str:
    body = message.body or ItemBody()
    content = without_nul(body.content or "")
    source = content if body.content_type.casefold() == "html" else html.from_text(content)
    named = [(each.id, each.mentioned.user) for each in message.mentions or [] if each.mentioned]
    return without_nul(html.sanitize(source, {str(number): user.id for number, user in named if user and user.id}))


class _QuotedSender(msgspec.Struct, rename="camel"):
    user: dict[str, str | None] | None = None


class _Quoted(msgspec.Struct, rename="camel"):
    message_preview: str | None = None
    message_sender: _QuotedSender | None = None


def _quotes(message: ChatMessage) -> tuple[RawQuote, ...]:
    return tuple(
        RawQuote(GraphMessageId(each.id or ""), html.sanitize(_quote(each)))
        for each in message.attachments or []
        if (each.content_type or "").casefold() == "messagereference"
    )


def _quote(attachment: Attachment) -> str:
    try:
        quoted = parse(_Quoted, (attachment.content or "").encode())
    except Unreadable:
        return note("A quoted message that cannot be shown.")
    user = quoted.message_sender.user if quoted.message_sender else None
    name = (user or {}).get("displayName") or "Someone"
    return (
        f'<blockquote class="quote"><b>{html.from_text(name)}</b><br>'
        f"{html.from_text(quoted.message_preview or '')}</blockquote>"
    )


def _reactions(message: ChatMessage) -> tuple[RawReaction, ...]:
    found = [_reaction(each, message.modified) for each in message.reactions or []]
    return tuple(sorted(found, key=lambda each: (each.at, each.reaction, each.user_id or "")))


def _reaction(reaction: Reaction, otherwise: datetime) -> RawReaction:
    user = reaction.user.user if reaction.user else None
    kind = reaction.reaction_type
    shown = (reaction.display_name or "custom") if kind.casefold() == "custom" else kind
    return RawReaction(
        reaction=without_nul(_NAMED_REACTIONS.get(kind.casefold(), shown))[:64],
        user_id=MicrosoftUserId(user.id) if user and user.id else None,
        display_name=without_nul((user.display_name if user else None) or ""),
        at=in_utc(reaction.created_date_time) if reaction.created_date_time else otherwise,
    )


_AVAILABILITY = {
    "available": Availability.AVAILABLE,
    "availableidle": Availability.AVAILABLE,
    "busy": Availability.BUSY,
    "busyidle": Availability.BUSY,
    "inacall": Availability.BUSY,
    "inameeting": Availability.BUSY,
    "donotdisturb": Availability.DO_NOT_DISTURB,
    "focusing": Availability.DO_NOT_DISTURB,
    "presenting": Availability.DO_NOT_DISTURB,
    "away": Availability.AWAY,
    "berightback": Availability.BE_RIGHT_BACK,
    "offline": Availability.OFFLINE,
}
_ACTIVITY = {
    "available": "Available",
    "availableidle": "Available",
    "availableinactive": "Available",
    "away": "Away",
    "busy": "Busy",
    "busyidle": "Busy",
    "focusing": "Focusing",
    "offline": "Offline",
    "presenting": "Presenting",
    "berightback": "Be right back",
    "donotdisturb": "Do not disturb",
    "inacall": "In a call",
    "inaconferencecall": "In a conference call",
    "inameeting": "In a meeting",
    "offwork": "Off work",
    "outofoffice": "Out of office",
    "presenceunknown": "Unknown",
    "urgentinterruptionsonly": "Urgent interruptions only",
}


def presence_from_graph(availability: str, activity: str) -> tuple[Availability, str]:
    """Both words are open sets and come in any case; what we do not know is unknown, never offline (facts.md 4)."""
    known = _AVAILABILITY.get(availability.casefold(), Availability.UNKNOWN)
    words = _ACTIVITY.get(activity.casefold(), activity[:64] or availability[:64] or "Unknown")
    return known, words


_MOST_STATUS_MESSAGE = 500


def status_message_from_graph(said: Presence, now: datetime) -> str | None:
    """The note beside the presence as plain text, or the automatic reply of who is out of office."""
    note = said.status_message
    if note and note.message and note.message.content and not _is_over(note.expiry_date_time, now):
        return _plain(note.message)
    away = said.out_of_office_settings
    if away and away.is_out_of_office and away.message:
        return _plain(ItemBody(content=away.message, content_type="html"))
    return None


def _plain(body: ItemBody) -> str | None:
    is_html = (body.content_type or "").casefold() == "html"
    text = to_text(html.sanitize(body.content or "")) if is_html else body.content or ""
    return " ".join(without_nul(text).split())[:_MOST_STATUS_MESSAGE] or None


def _is_over(expiry: MomentInZone | None, now: datetime) -> bool:
    # Names of other time zones are Windows' own; Graph leaves out what is over, so that they need not be known.
    if expiry is None or expiry.time_zone.casefold() not in {"utc", "etc/utc"}:
        return False
    try:
        return in_utc(datetime.fromisoformat(expiry.date_time)) <= now
    except ValueError:
        return False
