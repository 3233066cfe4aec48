"""Short stories, each of which needs one guarantee: a conversation has begun, and one thing happens (sabotage.py)."""

from __future__ import annotations

from unittest.mock import patch

from deskbridge.errors import DatabaseUnavailable
from deskbridge.teams.store import inbox
from teams.two_sides import Sides


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


async def told_before_what_it_quotes(sides: Sides) -> None:
    """An answer is told, and not the question, which is found when the chat is looked at."""
    await started(sides)
    await sides.stage.sim.post("/faults", {"fault": "lost", "times": 1})
    await sides.teams(sides.other, "POST", "/messages", text="Is it paid?")
    (asked,) = [each for each in await sides.there() if each["text"] == "Is it paid?"]
    await sides.office.work()
    await sides.teams(sides.other, "POST", "/quote", text="I mean the bill", quotes=[asked["id"]])
    await sides.let_pass(2)
    await sides.let_pass(200)
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
