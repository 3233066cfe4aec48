"""New messages in many conversations at once: counted in memory, then stored and told by a few statements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.conversations import batch_store
from deskbridge.conversations.batch_store import NewMessage, Thread
from deskbridge.conversations.model import Conversation, ConversationId, Message, reaches
from deskbridge.conversations.telling import tell_each
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Person, PersonId, Platform
from deskbridge.storage.database import Transaction


@dataclass(slots=True)
class Batch:
    """Conversations that are locked until the end of the transaction, and what is new in them."""

    tx: Transaction
    now: datetime
    threads: dict[ConversationId, Thread] = field(default_factory=dict)
    persons: dict[PersonId, Person] = field(default_factory=dict)
    new: list[NewMessage] = field(default_factory=list)
    told: dict[ConversationId, list[Message]] = field(default_factory=dict)

    @classmethod
    async def open(
        cls,
        tx: Transaction,
        ids: Collection[ConversationId],
        now: datetime,
        user_ids: Collection[UserId] | None = None,
    ) -> Self:
        """Those of these conversations that exist; with `user_ids`, that one of these Users takes part in."""
        batch = cls(tx, now, await batch_store.lock(tx.connection, ids, user_ids))
        by_account: dict[AccountId, set[PersonId]] = {each.account_id: set() for each in batch.threads.values()}
        for thread in batch.threads.values():
            by_account[thread.account_id].update(thread.sees.values())
        for account_id, person_ids in by_account.items():
            batch.persons |= await directory_store.find_persons(tx.connection, account_id, person_ids)
        return batch

    def note(self, thread: Thread, new: NewMessage, message: Message) -> None:
        """One more message, which its author has read."""
        for user_id in thread.sees:
            if user_id == new.author_user_id:
                thread.unread[user_id], thread.read[user_id] = 0, new.revision
            else:
                thread.unread[user_id] += 1
        self.new.append(new)
        self.told.setdefault(thread.id, []).append(message)

    async def store(self) -> None:
        """Everything that was noted, and tell everyone who takes part."""
        changed = [self.threads[each] for each in self.told]
        await batch_store.insert_messages(self.tx.connection, self.new)
        await batch_store.store(self.tx.connection, changed)
        for thread in changed:
            messages = self.told[thread.id]
            seen = {user_id: self._seen(thread, user_id) for user_id in sorted(thread.sees)}
            tell_each(self.tx, messages, seen, messages[-1])

    def _seen(self, thread: Thread, user_id: UserId) -> Conversation:
        """Without the last message, which is written once for all."""
        person = self.persons[thread.sees[user_id]]
        if not thread.has_teams_chat:
            # While Teams chat is off nothing of Teams is shown, also not of who is at the other end (C1).
            person = person.without(Platform.TEAMS)
        return Conversation(
            id=thread.id,
            kind=thread.kind,
            revision=thread.revision,
            person=person,
            reaches=reaches(thread.kind, person, is_agent=thread.agent_user_id == user_id),
            started_at=thread.started_at,
            last_message=None,
            unread=thread.unread[user_id],
            complete_up_to=thread.complete_up_to,
            deleted_before=thread.deleted_before,
            deleted_after_days=thread.deleted_after_days,
        )
