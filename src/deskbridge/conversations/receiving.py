"""What another platform says of a message: new, edited, deleted, brought back, reacted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.conversations import change_store, message_store, read_store, store
from deskbridge.conversations.attachments import Attachment, encode
from deskbridge.conversations.model import Author, ConversationId, MessageId, MessageKind, position_at
from deskbridge.conversations.reacting import ReactionBy, add_reaction, remove_reaction
from deskbridge.conversations.telling import tell
from deskbridge.errors import NotFound
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_id


@dataclass(frozen=True, slots=True)
class Incoming:
    """The whole state of one message as another platform has it now.

    `message_id` is ours, when the message is known here already. `html` is sanitised. `position` is where a
    new one is to stand: at its moment, if there is none.
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
    refers_to: MessageId | None = None
    attachments: tuple[Attachment, ...] = ()
    kind: MessageKind = MessageKind.MESSAGE
    position: int | None = None


async def receive(tx: Transaction, account_id: AccountId, incoming: Incoming, now: datetime) -> MessageId:
    """Make the message here equal to what it is there; the same again changes nothing and tells nobody."""
    # Locked before the message is read, which may just be deleted because it is no longer kept.
    conversation = await store.find_conversation(tx.connection, incoming.conversation_id, lock=True)
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


async def quoted_has_come(
    tx: Transaction, conversation_id: ConversationId, answers: Sequence[MessageId], quoted: MessageId
) -> None:
    """What these messages answer came after them."""
    conversation = await store.next_revision(tx.connection, conversation_id)
    for each in answers:
        await message_store.update_message(tx.connection, each, revision=conversation.revision, refers_to=quoted)
    await tell(tx, conversation_id, answers)


class _Change:
    """One message's change while it is being made: counts a revision only when there is one."""

    def __init__(self, tx: Transaction, incoming: Incoming, now: datetime) -> None:
        self._tx = tx
        self._incoming = incoming
        self._now = now
        self._row: store.ConversationRow | None = None
        self._changed: dict[MessageId, None] = {}
        self._wanted: list[Row[Any]] = []
        self.message_id = MessageId("")

    async def _conversation(self) -> store.ConversationRow:
        if self._row is None:
            self._row = await store.next_revision(self._tx.connection, self._incoming.conversation_id)
        return self._row

    async def _revision(self) -> int:
        return (await self._conversation()).revision

    async def add(self, message_id: MessageId) -> None:
        """A message that is new here."""
        self.message_id = message_id
        said = self._incoming
        conversation = await self._conversation()
        wanted = said.position or position_at(said.created_at)
        position = await message_store.free_position(self._tx.connection, conversation.id, wanted)
        await message_store.insert_message(
            self._tx.connection,
            id=message_id,
            conversation_id=conversation.id,
            position=position,
            revision=conversation.revision,
            author_person_id=said.author.person_id,
            author_user_id=said.author.user_id,
            author_name=said.author.display_name,
            author_platform=said.author.platform.value,
            created_at=said.created_at,
            kind=said.kind.value,
            html=said.html,
            text=said.text,
            edited_at=said.edited_at,
            deleted_at=said.deleted_at,
            refers_to=said.refers_to,
            attachments=encode(said.attachments),
        )
        await store.raise_last_position(self._tx.connection, conversation.id, position)
        if said.author.user_id is not None:
            # Whoever writes there has read there what was said before.
            await self._read_by(said.author.user_id, conversation.id)
        self._changed[message_id] = None

    async def _read_by(self, user_id: UserId, conversation_id: ConversationId) -> None:
        at = self._incoming.created_at
        revision = await read_store.read_revision_at(self._tx.connection, conversation_id, user_id, at)
        if revision is not None:
            await read_store.set_read(self._tx.connection, conversation_id, user_id, revision)

    async def apply_to(self, before: Row[Any]) -> None:
        """A message that is here: edited, deleted or brought back, or none of these."""
        said = self._incoming
        self.message_id = MessageId(before.id)
        self._wanted = await change_store.list_of_message(self._tx.connection, self.message_id)
        if any(not each.reaction for each in self._wanted):
            # What its author did here is on its way there: until it has come, this is what the message was before.
            return
        changes: dict[str, Any] = {"edited_at": said.edited_at, "deleted_at": said.deleted_at}
        same = (said.edited_at, None) == (before.edited_at, before.deleted_at) and before.text
        if said.deleted_at is None and not same:
            # Our own words stay as they were written unless they were edited there, or deleted and brought back.
            changes |= {"html": said.html, "text": said.text, "attachments": encode(said.attachments)}
        if all(getattr(before, name) == value for name, value in changes.items()):
            return
        if before.deleted_at is None and (said.deleted_at is not None or said.text != before.text):
            await change_store.keep_version(self._tx.connection, before, self._now)
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
        # Set or taken back here and on its way there: what is there does not say yet what is wanted.
        wanted = {(each.user_id, each.reaction) for each in self._wanted if each.reaction}
        added = [by for key, by in there.items() if key not in here and (by.user_id, by.reaction) not in wanted]
        gone = [(key, told) for key, told in here.items() if key not in there and (told.user_id, key[1]) not in wanted]
        message = self.message_id
        for by in sorted(added, key=lambda each: (each.who, each.reaction)):
            to = (await self._conversation(), message)
            self._changed[await add_reaction(self._tx, to, by, self._incoming.author.platform)] = None
        for key, told in sorted(gone, key=lambda each: each[0]):
            of = (await self._conversation(), message)
            await remove_reaction(self._tx, of, key, (told.told_by, self._now))
            self._changed[told.told_by] = None
        if (added or gone) and message not in self._changed:
            await self._touch(message)

    async def finish(self) -> None:
        """Tell everyone, if there is anything to tell."""
        if self._changed:
            await tell(self._tx, self._incoming.conversation_id, self._changed)
