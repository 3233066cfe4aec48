"""What another platform says of a message: new, edited, deleted, brought back, reacted to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from deskbridge.accounts.model import AccountId
from deskbridge.conversations import message_store, store
from deskbridge.conversations.model import Author, ConversationId, MessageId, MessageKind, position_at
from deskbridge.conversations.telling import tell
from deskbridge.directory.model import PersonId
from deskbridge.errors import NotFound
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_id


@dataclass(frozen=True, slots=True)
class ReactionBy:
    """Somebody's reaction: an emoji, or the name of a custom one."""

    reaction: str
    person_id: PersonId | None
    display_name: str
    at: datetime

    @property
    def who(self) -> str:
        """Whom we tell apart: the Person, or the name where there is none."""
        return self.person_id or f"name:{self.display_name}"


@dataclass(frozen=True, slots=True)
class Incoming:
    """The whole state of one message as another platform has it now.

    `message_id` is ours, when the message is known here already. `html` is sanitised.
    """

    conversation_id: ConversationId
    message_id: MessageId | None
    author: Author
    html: str
    text: str
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    reactions: tuple[ReactionBy, ...]


async def receive(tx: Transaction, account_id: AccountId, incoming: Incoming, now: datetime) -> MessageId:
    """Make the message here equal to what it is there; the same again changes nothing and tells nobody."""
    conversation = await store.find_conversation(tx.connection, incoming.conversation_id)
    if conversation is None or conversation.account_id != account_id:
        raise NotFound
    change = _Change(tx, incoming, now)
    if incoming.message_id is None:
        await change.add(MessageId(new_id()))
    else:
        before = await message_store.find_message(tx.connection, incoming.message_id)
        if before is None or before.conversation_id != incoming.conversation_id:
            raise NotFound
        await change.apply_to(before)
    await change.react()
    await change.finish()
    return change.message_id


class _Change:
    """One message's change while it is being made: counts a revision only when there is one."""

    def __init__(self, tx: Transaction, incoming: Incoming, now: datetime) -> None:
        self._tx = tx
        self._incoming = incoming
        self._now = now
        self._row: store.ConversationRow | None = None
        self._changed: dict[MessageId, None] = {}
        self.message_id = MessageId("")

    async def _revision(self) -> int:
        if self._row is None:
            self._row = await store.next_revision(self._tx.connection, self._incoming.conversation_id)
        return self._row.revision

    async def add(self, message_id: MessageId) -> None:
        """A message that is new here."""
        self.message_id = message_id
        said = self._incoming
        await self._insert(
            message_id,
            (said.author, said.created_at),
            kind=MessageKind.MESSAGE.value,
            html=said.html,
            text=said.text,
            edited_at=said.edited_at,
            deleted_at=said.deleted_at,
        )

    async def _insert(self, message_id: MessageId, said_by: tuple[Author, datetime], **columns: Any) -> None:
        author, at = said_by
        conversation_id = self._incoming.conversation_id
        revision = await self._revision()
        position = await message_store.free_position(self._tx.connection, conversation_id, position_at(at))
        await message_store.insert_message(
            self._tx.connection,
            id=message_id,
            conversation_id=conversation_id,
            position=position,
            revision=revision,
            author_person_id=author.person_id,
            author_user_id=author.user_id,
            author_name=author.display_name,
            author_platform=author.platform.value,
            created_at=at,
            **columns,
        )
        if self._row is not None and position > self._row.last_position:
            await store.update_conversation(self._tx.connection, conversation_id, last_position=position)
        self._changed[message_id] = None

    async def apply_to(self, before: Row[Any]) -> None:
        """A message that is here: edited, deleted or brought back, or none of these."""
        said = self._incoming
        self.message_id = MessageId(before.id)
        changes: dict[str, Any] = {"edited_at": said.edited_at, "deleted_at": said.deleted_at}
        same = (said.edited_at, None) == (before.edited_at, before.deleted_at) and before.text
        if said.deleted_at is None and not same:
            # Our own words stay as they were written unless they were edited there, or deleted and brought back.
            changes |= {"html": said.html, "text": said.text}
        if all(getattr(before, name) == value for name, value in changes.items()):
            return
        await message_store.update_message(
            self._tx.connection, self.message_id, revision=await self._revision(), **changes
        )
        self._changed[self.message_id] = None
        for about in await message_store.list_about(self._tx.connection, self.message_id):
            # A reaction's own message quotes this one: it reads differently now.
            await self._touch(about)

    async def _touch(self, message_id: MessageId) -> None:
        await message_store.update_message(self._tx.connection, message_id, revision=await self._revision())
        self._changed[message_id] = None

    async def react(self) -> None:
        """Reactions that came, each with an individual message (M2), and those that were taken back."""
        here = await message_store.list_reactions(self._tx.connection, self.message_id)
        there = {(each.who, each.reaction): each for each in self._incoming.reactions}
        for key in sorted(there.keys() - here.keys()):
            await self._add_reaction(there[key])
        for key in sorted(here.keys() - there.keys()):
            await message_store.delete_reaction(self._tx.connection, self.message_id, *key)
            await message_store.update_message(
                self._tx.connection, here[key], deleted_at=self._now, revision=await self._revision()
            )
            self._changed[here[key]] = None
        if here.keys() != there.keys() and self.message_id not in self._changed:
            await self._touch(self.message_id)

    async def _add_reaction(self, by: ReactionBy) -> None:
        told_by = MessageId(new_id())
        author = Author(
            person_id=by.person_id,
            user_id=self._incoming.author.user_id if by.person_id == self._incoming.author.person_id else None,
            display_name=by.display_name,
            platform=self._incoming.author.platform,
        )
        await self._insert(
            told_by,
            (author, by.at),
            kind=MessageKind.REACTION.value,
            html="",
            text=by.reaction,
            refers_to=self.message_id,
        )
        await message_store.insert_reaction(
            self._tx.connection,
            message_id=self.message_id,
            who=by.who,
            reaction=by.reaction,
            name=by.display_name,
            at=by.at,
            told_by=told_by,
        )

    async def finish(self) -> None:
        """Tell everyone, if there is anything to tell."""
        if self._changed:
            await tell(self._tx, self._incoming.conversation_id, self._changed)
