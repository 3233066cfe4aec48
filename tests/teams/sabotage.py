"""Guarantees, each broken on purpose: `python -m teams.sabotage` tells how the same short story ends without it.

Each story is told twice, by the product as it is and by the product with one thing spoiled. It must end well the
first time and badly the second: a story that cannot fail proves nothing. This is run as a process of its own, whose
product nobody uses afterwards (test_sabotage.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
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
from deskbridge.teams.store import chats, inbox, many_chats
from support.servers import m365sim_server
from teams.two_sides import Sides, Stage

Story = Callable[[Sides], Awaitable[None]]
Spoil = Callable[[], Any]


# Stories: a conversation has begun, and one thing happens.


async def started(sides: Sides) -> None:
    """Anne's first message is in Teams, and everything has been heard."""
    await sides.begin()
    await sides.write("Hello", twice=False, answers=None)
    await sides.office.pass_time(2)


async def same_on_both_sides(sides: Sides) -> None:
    """What is here is there, as often and in the same order."""
    for _ in range(4):
        await sides.office.pass_time(3)
    await sides.compare()


async def written_and_killed(sides: Sides) -> None:
    """The product ends right after it said that it has the message."""
    await started(sides)
    await sides.write("Kept?", twice=False, answers=None)
    for tab in sides.tabs:
        await tab.sleep()
    await sides.stage.restart()
    await same_on_both_sides(sides)


async def written_twice(sides: Sides) -> None:
    """A browser without an answer sends the same again."""
    await started(sides)
    await sides.write("Once", twice=True, answers=None)
    await same_on_both_sides(sides)


async def told_twice(sides: Sides) -> None:
    """Microsoft repeats itself."""
    await started(sides)
    await sides.stage.sim.post("/faults", {"fault": "doubled", "times": 1})
    await sides.teams(sides.other, "POST", "/messages", text="Once")
    await same_on_both_sides(sides)


async def told_in_the_wrong_order(sides: Sides) -> None:
    """The edit is told before the message that was edited."""
    await started(sides)
    await sides.stage.sim.post("/faults", {"fault": "reordered", "times": 1})
    await sides.teams(sides.other, "POST", "/messages", text="First words")
    (said,) = [each for each in await sides.there() if each["text"] == "First words"]
    await sides.teams(sides.other, "PATCH", f"/messages/{said['id']}", text="Last words")
    await same_on_both_sides(sides)


async def told_while_the_database_is_away(sides: Sides) -> None:
    """Microsoft tells something that cannot be stored at that moment."""
    await started(sides)
    with patch.object(inbox, "insert", side_effect=DatabaseUnavailable):
        await sides.teams(sides.other, "POST", "/messages", text="Stored?")
        await sides.stage.sim.settle()
    await same_on_both_sides(sides)


async def answer_lost(sides: Sides) -> None:
    """The message is in Teams, and Graph's answer is lost."""
    await started(sides)
    await sides.stage.sim.post("/faults", {"fault": "cut-after", "on": {"method": "POST", "path": "/chats/*/messages"}})
    await sides.write("Once", twice=False, answers=None)
    await same_on_both_sides(sides)


async def several_at_once(sides: Sides) -> None:
    """Anne writes faster than Graph takes it."""
    await started(sides)
    for text in ("One", "Two", "Three"):
        await sides.write(text, twice=False, answers=None)
    await same_on_both_sides(sides)


async def private_words_change(sides: Sides) -> None:
    """What was said before Anne wrote is edited afterwards."""
    await started(sides)
    (private,) = [each for each in (await sides.everything_there()) if "private" in each["text"]]
    await sides.teams(sides.other, "PATCH", f"/messages/{private['id']}", text="private, edited")
    await same_on_both_sides(sides)


async def lost_before_a_restart(sides: Sides) -> None:
    """A notification is lost, and the product begins again."""
    await started(sides)
    await sides.stage.sim.post("/faults", {"fault": "lost", "times": 1})
    await sides.teams(sides.other, "POST", "/messages", text="Did you hear me?")
    await sides.stage.sim.settle()
    for tab in sides.tabs:
        await tab.sleep()
    await sides.stage.restart()
    await same_on_both_sides(sides)


async def seen_in_a_tab(sides: Sides) -> None:
    """An open tab hears an answer."""
    await started(sides)
    await sides.teams(sides.other, "POST", "/messages", text="Look")
    await same_on_both_sides(sides)


async def asked_to_wait(sides: Sides) -> None:
    """Graph asks for half a minute."""
    await started(sides)
    await sides.stage.sim.post("/faults", {"fault": "throttle", "on": {"path": "/chats/*/messages"}, "seconds": 30})
    await sides.write("Patience", twice=False, answers=None)
    for seconds in (2, 5, 30):
        await sides.office.pass_time(seconds)
    await same_on_both_sides(sides)


# What is spoiled.


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


@dataclass(frozen=True)
class Sabotage:
    """A story, and what is spoiled so that it ends badly."""

    story: Story
    spoil: Spoil


ALL: dict[str, Sabotage] = {
    "fill no gap after a restart": Sabotage(lost_before_a_restart, catch_up_with_nothing),
    "acknowledge before storing": Sabotage(written_and_killed, acknowledge_before_storing),
    "store the same client id twice": Sabotage(written_twice, forget_client_ids),
    "apply what was applied": Sabotage(told_twice, apply_everything_as_new),
    "apply in the order of arrival": Sabotage(told_in_the_wrong_order, apply_in_the_order_of_arrival),
    "answer 202 before storing": Sabotage(told_while_the_database_is_away, say_202_whatever_happens),
    "send again without reading the chat": Sabotage(answer_lost, send_again_without_looking),
    "ignore the order in a chat": Sabotage(several_at_once, send_the_newest_first),
    "store what is private": Sabotage(private_words_change, show_what_was_said_before),
    "lose an event after the commit": Sabotage(seen_in_a_tab, lose_an_event),
    "ignore Retry-After": Sabotage(asked_to_wait, ignore_retry_after),
}


async def tell(stage: Stage, story: Story) -> str:
    """How the story ends: empty when all is well."""
    sides = Sides(stage)
    await stage.sim.client.delete("/conduct")
    try:
        await story(sides)
        await sides.end()
    except AssertionError as error:
        return str(error).strip()[:300] or "it is not so"
    finally:
        for tab in sides.tabs:
            await tab.sleep()
    return ""


async def tell_all() -> dict[str, list[str]]:
    """How each story ends, as it is and spoiled."""
    ends: dict[str, list[str]] = {}
    with m365sim_server() as info:
        stage = Stage(info)
        await stage.open()
        for name, sabotage in ALL.items():
            well = await tell(stage, sabotage.story)
            with sabotage.spoil():
                badly = await tell(stage, sabotage.story)
            ends[name] = [well, badly]
            # Nothing of the spoiled story is left on the way.
            await stage.office.pass_time(60)
        await stage.close()
    return ends


if __name__ == "__main__":
    # The last line is what the test reads; whatever was logged comes before.
    print("\n" + json.dumps(asyncio.run(tell_all())))
