"""Our clock and Microsoft's disagree: the order of the chat is the order here all the same (decision 0005)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from deskbridge.conversations.model import between
from teams.office import ROBIN, Office


async def test_an_answer_stands_below_its_question_although_our_clock_is_ahead(office: Office) -> None:
    office.clock.move(minutes=1)
    await office.said_and_answered()
    for text in ("An answer", "And another"):
        await office.in_teams(ROBIN, text)
        await office.work()
    await office.write("Thanks")
    await office.pass_time(10)
    await office.in_teams(ROBIN, "Any time")
    await office.work()
    assert await office.texts_here() == await office.texts_there()
    assert await office.texts_here() == ["Hello Robin", "An answer", "And another", "Thanks", "Any time"]


async def test_what_comes_late_stands_in_its_place_although_our_clock_is_ahead(office: Office) -> None:
    office.clock.move(minutes=1)
    await office.said_and_answered()
    await office.in_teams(ROBIN, "First")
    await office.work()
    await office.sim.post("/faults", {"fault": "reordered", "times": 1})
    for text in ("Second", "Third"):
        await office.in_teams(ROBIN, text)
    await office.work()
    assert await office.texts_here() == ["Hello Robin", "First", "Third"]
    await office.pass_time(30)
    assert await office.texts_here() == ["Hello Robin", "First", "Second", "Third"]


async def test_a_reaction_is_told_below_its_message_although_our_clock_is_ahead(office: Office) -> None:
    office.clock.move(minutes=1)
    await office.said_and_answered()
    hello = (await office.there())[0]["id"]
    place = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages"
    await office.sim.post(f"{place}/{hello}/react", {"reaction": "👍"})
    await office.work()
    assert [each["kind"] for each in await office.here()] == ["message", "reaction"]


async def test_an_answer_stands_below_its_question_although_our_clock_is_behind(office: Office) -> None:
    office.clock.move(minutes=-1)
    await office.said_and_answered()
    await office.in_teams(ROBIN, "An answer")
    await office.work()
    await office.write("Thanks")
    await office.pass_time(10)
    assert await office.texts_here() == await office.texts_there() == ["Hello Robin", "An answer", "Thanks"]


@given(some.integers(0, 50), some.sets(some.integers(0, 5_000)), some.sets(some.integers(0, 5_000)))
def test_there_is_a_place_between_what_was_said_before_and_after(
    wanted: int, above: set[int], following: set[int]
) -> None:
    position = between(wanted, above, above | following)
    if not above:
        assert position == wanted
    else:
        last = max(above)
        later = [each for each in following if each > last]
        assert last < position
        assert not later or position <= min(later)
