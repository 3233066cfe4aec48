"""Conversation, Message, Delivery and Reaction as everybody sees them, and the pure rules about them."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from urllib.parse import unquote

from deskbridge.accounts.model import UserId, View
from deskbridge.conversations.attachments import Attachment
from deskbridge.conversations.safe_html import with_links
from deskbridge.directory.model import Person, PersonId, Platform

ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
DeliveryId = NewType("DeliveryId", str)


class Kind(StrEnum):
    """`agent` goes to the contact_center identity; `messenger` to the Teams and Work accounts (H2)."""

    AGENT = "agent"
    MESSENGER = "messenger"


class DeliveryState(StrEnum):
    """How far a Message has come on its way to one Identity."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class MessageKind(StrEnum):
    """`reaction` is somebody's reaction, received as an individual message (M2)."""

    MESSAGE = "message"
    REACTION = "reaction"
    SYSTEM = "system"


class Delivery(View):
    """One Message on its way to one Identity; `reason` is a sentence when it failed or waits."""

    platform: Platform
    state: DeliveryState
    reason: str | None
    changed_at: datetime


class ChangeKind(StrEnum):
    """What somebody did to a message after it was written."""

    EDIT = "edit"
    DELETION = "deletion"
    RESTORATION = "restoration"
    REACTION = "reaction"
    REACTION_REMOVAL = "reaction_removal"


class Change(View):
    """Something done to a Message here that is still on its way to another platform; it goes once it is there."""

    kind: ChangeKind
    reaction: str | None
    platform: Platform
    state: DeliveryState
    reason: str | None
    changed_at: datetime


class Author(View):
    """Who wrote it and from where; `user_id` is set when that person signs in to Deskbridge."""

    person_id: PersonId | None
    user_id: UserId | None
    display_name: str
    platform: Platform


class Reaction(View):
    """One kind of reaction to a message, with the names of those who reacted so.

    `user_ids` are those among them who sign in to Deskbridge.
    """

    reaction: str
    by: list[str]
    user_ids: list[UserId]


class Quote(View):
    """The message that another one answers, as it is now; without text when it was deleted."""

    message_id: MessageId
    author_name: str
    text: str


class Message(View):
    """One message as it is now. `revision` grows with every change: the higher one wins.

    `position` orders the messages of one conversation; it is given once and stays. `html` is sanitised; `text` is all
    of it in words, those of the attachments included. A deleted message has neither.
    """

    id: MessageId
    conversation_id: ConversationId
    client_id: str | None
    position: int
    revision: int
    kind: MessageKind
    author: Author
    html: str
    text: str
    attachments: list[Attachment]
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    refers_to: MessageId | None
    quote: Quote | None
    reactions: list[Reaction]
    deliveries: list[Delivery]
    changes: list[Change]


class Conversation(View):
    """The thread between one agent and one Person, as one of them sees it: `person` is the other one.

    `reaches` says which accounts of `person` a message goes to. `complete_up_to` is the moment up to which
    everything said in Teams is here, or None where nothing comes from Teams. What was said before `deleted_before` was
    deleted after so many days, as the Account's retention says.
    """

    id: ConversationId
    kind: Kind
    revision: int
    person: Person
    reaches: list[Platform]
    started_at: datetime
    last_message: Message | None
    unread: int
    complete_up_to: datetime | None
    deleted_before: datetime | None = None
    deleted_after_days: int | None = None


def reaches(kind: Kind, person: Person, *, is_agent: bool) -> list[Platform]:
    """Which accounts of the other one a message goes to (H1, H2, H7).

    The agent chat goes to the contact_center identity; the messenger to the Teams account and the Work account;
    what a Work user answers in the messenger goes back to the agent.
    """
    to_agent = kind is Kind.AGENT or not is_agent
    wanted = [Platform.CONTACT_CENTER] if to_agent else [Platform.TEAMS, Platform.WORK]
    return [platform for platform in wanted if person.identity_on(platform)]


def homes(kind: Kind, person: Person) -> list[PersonId]:
    """Whose conversation it is, first the one for a new conversation: who these Identities are by themselves.

    So the conversation stays with the account that it goes to, and above all with the Teams chat, however Persons are
    merged and split. Of two Persons who had conversations and are merged, the first home's goes on.
    """
    wanted = [Platform.CONTACT_CENTER] if kind is Kind.AGENT else [Platform.TEAMS, Platform.WORK]
    return [PersonId(each.id) for platform in wanted for each in [person.identity_on(platform)] if each]


MOST_BYTES = 28 * 1024
"""Of a message with its HTML (facts.md 6.2)."""

MOST_FILES = 10
"""Of one message."""


def html_from_text(text: str) -> str:
    """What is shown and sent of plain text: nothing in it is markup; lines and links stay what they are."""
    return f"<p>{with_links(text)}</p>".replace("\n", "<br>")


SNIPPET = 60
"""Characters of the message that a reaction's own message quotes."""


def reaction_sentence(name: str, reaction: str, about: str) -> str:
    """A reaction as an individual message (M2)."""
    words = " ".join(about.split())
    short = words if len(words) <= SNIPPET else words[: SNIPPET - 1].rstrip() + "…"
    return f"{name} reacted {reaction} to “{short}”" if short else f"{name} reacted {reaction} to a message"


_NO_EMOJI = re.compile(r"[\x00-\x22\x24-\x29\x2b-\x2f\x3a-\xa8\xaa-\xad\xaf-\u200c\u2028-\u202f]")
"""Letters, spaces and signs; digits, `#` and `*` begin keycaps, `©` and `®` are emoji."""


def is_emoji(text: str) -> bool:
    """Whether it can be a reaction: one emoji, however many code points it is made of."""
    return 0 < len(text) <= 16 and _NO_EMOJI.search(text) is None and any(ord(char) > 0xA8 for char in text)


_IMAGE = re.compile(r'(<img src=")(?:hosted|kept):([A-Za-z0-9_.~%-]+")')


def place_of(conversation_id: ConversationId, message_id: MessageId) -> str:
    """The address of a message for who may see it."""
    return f"/api/v1/conversations/{conversation_id}/messages/{message_id}"


def with_images(html: str, place: str) -> str:
    """The message at that place with the addresses at which its images are given to who may see it."""
    return _IMAGE.sub(rf"\g<1>{place}/images/\g<2>", html) if "<img" in html else html


def image_ids(html: str) -> set[str]:
    """The images that the stored message shows."""
    return {unquote(found[2][:-1]) for found in _IMAGE.finditer(html)}


def image_addresses(html: str) -> dict[str, str]:
    """Those images by the last part of the address at which they are shown: the address that is kept."""
    return {found[2][:-1]: found[0].removeprefix(found[1])[:-1] for found in _IMAGE.finditer(html)}


def position_at(moment: datetime) -> int:
    """Where a message said at that moment stands: milliseconds, with room for a thousand in each."""
    return int(moment.timestamp() * 1000) * 1000


def between(wanted: int, above: Collection[int], taken: Collection[int]) -> int:
    """The position wanted, or one below all of `above` and, where there is room, above whatever else follows them."""
    if not above:
        return wanted
    last = max(above)
    following = min((each for each in taken if each > last), default=last + 2_000)
    return (last + following + 1) // 2


def kept_since(days: int, now: datetime) -> datetime:
    """The beginning of the day, in UTC, from which on messages are kept where they are for so many days."""
    return datetime.combine(now.astimezone(UTC).date() - timedelta(days=days), time.min, UTC)
