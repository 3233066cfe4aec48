"""Many tabs are told in turns, between which everything else goes on; none is forgotten."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from deskbridge.realtime.turns import IN_ONE_TURN, Turns


async def test_so_many_are_told_in_one_turn_and_all_in_their_order() -> None:
    turns, told, so_far = Turns(), list[int](), list[int]()
    for number in range(IN_ONE_TURN * 2 + 1):
        turns.ask(partial(told.append, number))
    for _ in range(3):
        await asyncio.sleep(0)
        so_far.append(len(told))
    assert so_far == [IN_ONE_TURN, IN_ONE_TURN * 2, IN_ONE_TURN * 2 + 1]
    assert told == sorted(told)


async def test_who_asks_meanwhile_is_told_after_the_others_and_later_again() -> None:
    turns, told = Turns(), list[str]()

    def first() -> None:
        told.append("first")
        turns.ask(partial(told.append, "third"))

    turns.ask(first)
    turns.ask(partial(told.append, "second"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    turns.ask(partial(told.append, "fourth"))
    await asyncio.sleep(0)
    assert told == ["first", "second", "third", "fourth"]


async def test_one_that_fails_is_reported_and_the_others_are_told() -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context["exception"]))
    turns, told, trouble = Turns(), list[str](), ValueError("a wire that fails")

    def fail() -> None:
        raise trouble

    turns.ask(fail)
    turns.ask(partial(told.append, "second"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert told == ["second"]
    assert reported == [trouble]
