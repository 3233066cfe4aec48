"""From Microsoft's words to ours: messages, reactions, presence. Pure: no await, no clock, no I/O."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import msgspec

from deskbridge.presence.model import Availability
from deskbridge.teams import html
from deskbridge.teams.ids import GraphMessageId, MicrosoftUserId
from deskbridge.teams.presence_resources import MomentInZone, Presence
from deskbridge.teams.resources import (
    Attachment,
    ChatMessage,
    ItemBody,
    Reaction,
    Unreadable,
    in_utc,
    parse,
)

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


def is_said_by_someone(message: ChatMessage) -> bool:
    """Whether it is a message: calls, renames and the like come without an author or with another type."""
    return message.message_type.casefold() == "message" and message.author_id is not None


def message_from_graph(message: ChatMessage, chat_url: str | None) -> MessageState:
    """The message as it can be shown here."""
    deleted = _deleted_at(message)
    shown = "" if deleted else _html(message, chat_url)
    reactions = () if deleted else _reactions(message)
    edited = in_utc(message.last_edited_date_time) if message.last_edited_date_time else None
    user = message.from_.user if message.from_ else None
    return MessageState(
        id=GraphMessageId(message.id),
        author_id=MicrosoftUserId(user.id) if user and user.id else None,
        author_name=without_nul((user.display_name if user else None) or "Someone in Teams"),
        html=shown,
        text=html.to_text(shown),
        created=message.created,
        modified=message.modified,
        edited=edited,
        deleted=deleted,
        reactions=reactions,
        quotes=() if deleted else _quotes(message),
        digest=hashlib.sha256(repr((shown, edited, deleted, reactions)).encode()).hexdigest(),
    )


def without_nul(text: str) -> str:
    """PostgreSQL stores no NUL, and nobody means one."""
    return text.replace("\x00", "")


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


def _html(message: ChatMessage, chat_url: str | None) -> str:
    attachments = {each.id: each for each in message.attachments or [] if each.id}
    placed: set[str] = set()

    def attachment_html(attachment_id: str) -> str:
        placed.add(attachment_id)
        found = attachments.get(attachment_id)
        return _attachment(found, chat_url) if found else ""

    body = message.body or ItemBody()
    content = without_nul(body.content or "")
    source = content if body.content_type.casefold() == "html" else html.from_text(content)
    shown = html.sanitize(source, attachment_html)
    rest = "".join(
        f"<div>{shown_as}</div>"
        for each in message.attachments or []
        if (each.id is None or each.id not in placed) and (shown_as := _attachment(each, chat_url))
    )
    return without_nul(shown + html.sanitize(rest, lambda _: "") if rest else shown)


def _attachment(attachment: Attachment, chat_url: str | None) -> str:
    kind = (attachment.content_type or "").casefold()
    if kind == "messagereference":
        return ""
    if kind == "reference" and attachment.content_url:
        return html.link(attachment.content_url, f"File: {attachment.name or 'without a name'}")
    words = "A card" if kind.startswith("application/vnd.microsoft.") else "Something"
    said = html.note(f"{words} that can only be shown in Teams{f': {attachment.name}' if attachment.name else ''}.")
    return f"{said} {html.link(chat_url, 'Open the chat in Teams')}" if chat_url else said


class _QuotedSender(msgspec.Struct, rename="camel"):
    user: dict[str, str | None] | None = None


class _Quoted(msgspec.Struct, rename="camel"):
    message_preview: str | None = None
    message_sender: _QuotedSender | None = None


def _quotes(message: ChatMessage) -> tuple[RawQuote, ...]:
    return tuple(
        RawQuote(GraphMessageId(each.id or ""), html.sanitize(_quote(each), lambda _: ""))
        for each in message.attachments or []
        if (each.content_type or "").casefold() == "messagereference"
    )


def _quote(attachment: Attachment) -> str:
    try:
        quoted = parse(_Quoted, (attachment.content or "").encode())
    except Unreadable:
        return html.note("A quoted message that cannot be shown.")
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
    text = html.to_text(html.sanitize(body.content or "", lambda _: "")) if is_html else body.content or ""
    return " ".join(without_nul(text).split())[:_MOST_STATUS_MESSAGE] or None


def _is_over(expiry: MomentInZone | None, now: datetime) -> bool:
    # Names of other time zones are Windows' own; Graph leaves out what is over, so that they need not be known.
    if expiry is None or expiry.time_zone.casefold() not in {"utc", "etc/utc"}:
        return False
    try:
        return in_utc(datetime.fromisoformat(expiry.date_time)) <= now
    except ValueError:
        return False
