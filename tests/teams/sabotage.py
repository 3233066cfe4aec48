"""Guarantees, each broken on purpose: `python -m teams.sabotage` tells how the same short story ends without it.

Each story is told twice, by the product as it is and by the product with one thing spoiled. It must end well the
first time and badly the second: a story that cannot fail proves nothing. This is run as a process of its own, whose
product nobody uses afterwards (test_sabotage.py).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from support.servers import m365sim_server
from teams.short_stories import (
    answer_lost,
    asked_to_wait,
    lost_before_a_restart,
    private_words_change,
    seen_in_a_tab,
    several_at_once,
    told_before_what_it_quotes,
    told_in_the_wrong_order,
    told_twice,
    told_while_the_database_is_away,
    written_and_killed,
    written_twice,
)
from teams.spoiling import (
    acknowledge_before_storing,
    apply_everything_as_new,
    apply_in_the_order_of_arrival,
    catch_up_with_nothing,
    forget_client_ids,
    forget_who_waits_to_quote,
    ignore_retry_after,
    lose_an_event,
    say_202_whatever_happens,
    send_again_without_looking,
    send_the_newest_first,
    show_what_was_said_before,
)
from teams.two_sides import Sides, Stage

Story = Callable[[Sides], Awaitable[None]]
Spoil = Callable[[], Any]


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
    "quote what comes later": Sabotage(told_before_what_it_quotes, forget_who_waits_to_quote),
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
