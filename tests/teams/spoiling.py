"""One thing of the product broken on purpose, for as long as it is held (sabotage.py)."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from deskbridge.conversations import batch_store, queue_store
from deskbridge.conversations import store as conversations_store
from deskbridge.conversations.post import Post
from deskbridge.conversations.sending import send_all
from deskbridge.errors import DatabaseUnavailable
from deskbridge.storage.database import Transaction
from deskbridge.teams import applying, applying_together, graph_errors, reconciling
from deskbridge.teams.applying import Applier
from deskbridge.teams.connector import Connector
from deskbridge.teams.notifications import Notifications
from deskbridge.teams.outcomes import Outcome
from deskbridge.teams.store import chats, many_chats


class _Undone(Exception):
    """What was to be stored is not."""


def acknowledge_before_storing() -> Any:
    """The answer is given, and what was to be stored is not yet."""

    async def early(self: Post, some: Any) -> None:
        answers: list[Any] = []

        async def work(tx: Transaction) -> None:
            answers.extend(await send_all(tx, [sending for sending, _ in some], self._clock()))
            raise _Undone

        with contextlib.suppress(_Undone):
            await self._db.perform(work)
        for (_, then), answer in zip(some, answers, strict=True):
            then(answer)

    return patch.object(Post, "_carry_some", early)


def forget_client_ids() -> Any:
    """Nobody looks whether the message is there already."""

    async def unknown(*given: Any) -> dict[Any, Any]:
        return {}

    return patch.object(batch_store, "known", unknown)


def apply_everything_as_new() -> Any:
    """What Microsoft says again is said by somebody again."""
    find = chats.find_message

    async def unknown(connection: Any, link_id: Any, graph_message_id: Any) -> Any:
        found = await find(connection, link_id, graph_message_id)
        return None if found and sys._getframe(1).f_code.co_name == "_message" else found

    async def none_known(*given: Any) -> dict[Any, Any]:
        return {}

    spoiled = contextlib.ExitStack()
    spoiled.enter_context(patch.object(chats, "find_message", unknown))
    spoiled.enter_context(patch.object(many_chats, "known_of", none_known))
    return spoiled


def apply_in_the_order_of_arrival() -> Any:
    """The state that comes last is taken for the newest."""

    spoiled = contextlib.ExitStack()
    for each in (applying, applying_together):
        spoiled.enter_context(patch.object(each, "is_stale", lambda known, state: False))
    return spoiled


def say_202_whatever_happens() -> Any:
    """The webhook answers before it has stored."""
    store = Notifications._store

    async def careless(self: Notifications, batch: Any) -> None:
        try:
            await store(self, batch)
        except DatabaseUnavailable:
            return

    return patch.object(Notifications, "_store", careless)


def send_again_without_looking() -> Any:
    """No answer is taken for: not there."""
    return patch.multiple(reconciling.Reconciler, _look=_nothing)


@contextlib.contextmanager
def send_the_newest_first() -> Iterator[None]:
    """The queue of a conversation is a stack, for who looks for what is next and for who makes sure of it."""
    listed, headed = conversations_store.list_queued, queue_store.list_heads

    async def newest(connection: Any, conversation_id: Any, platform: Any, at_most: int | None = None) -> Sequence[Any]:
        return (await listed(connection, conversation_id, platform))[::-1][:at_most]

    async def newest_of_each(connection: Any, user_id: Any, platform: Any) -> Sequence[Any]:
        heads = await headed(connection, user_id, platform)
        return [one for each in heads for one in await newest(connection, each.conversation_id, platform, 1)]

    with (
        patch.object(conversations_store, "list_queued", newest),
        patch.object(queue_store, "list_heads", newest_of_each),
    ):
        yield


def show_what_was_said_before() -> Any:
    """Since when the conversation is one is not asked."""
    message = Applier._message

    async def all_of_it(self: Applier, state: Any) -> Any:
        outcome = await message(self, state)
        if outcome is Outcome.BEFORE_CONVERSATION:
            await self._receive(None, state)
        return outcome

    return patch.object(Applier, "_message", all_of_it)


def forget_who_waits_to_quote() -> Any:
    """What answers quote is looked for only when they come."""
    return patch.object(applying, "has_come", _nothing)


def catch_up_with_nothing() -> Any:
    """A start trusts that nothing happened."""
    return patch.object(Connector, "catch_up", _nothing)


def lose_an_event() -> Any:
    """It is committed, and the feed does not have it."""
    emit = Transaction.emit

    def forgetful(self: Transaction, topic: Any, what: Any, *about: Any) -> None:
        if not str(what).startswith('{"type":"message_changed"'):
            emit(self, topic, what, *about)

    return patch.object(Transaction, "emit", forgetful)


def ignore_retry_after() -> Any:
    """Ask again as soon as one likes."""
    return patch.object(graph_errors, "retry_after", lambda headers: timedelta(seconds=1))


async def _nothing(*given: Any) -> None:
    return None
