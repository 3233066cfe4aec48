"""Whatever agents and people in Teams do in whatever order, and whatever goes wrong: both sides end up the same.

`TWO_SIDES=200 make test T=tests/teams/test_two_sides.py` tries that many stories; a story that fails is told again,
as short as it can be.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from support.servers import m365sim_server
from teams.office import ANNE
from teams.two_sides import Sides, Stage

STORIES = int(os.environ.get("TWO_SIDES", "5"))
WORDS = st.sampled_from(["Hello", "Hello", "Is it paid?", "Yes\nand no", "<b>&amp;"])
EMOJI = st.sampled_from(["👍", "🎉"])
WHICH = st.integers(0, 5)
FAULTS: dict[str, dict[str, Any]] = {
    "lost": {},
    "doubled": {},
    "late": {"seconds": 20},
    "reordered": {},
    "corrupt": {},
    "throttle": {"seconds": 3},
    "server-error": {"on": {"path": "/chats*"}},
    "cut-before": {"on": {"path": "/chats*"}},
    "cut-after": {"on": {"path": "/chats*"}},
}


class TwoSides(RuleBasedStateMachine):
    """One story."""

    stage: ClassVar[Stage]
    runner: ClassVar[asyncio.Runner]

    def __init__(self) -> None:
        super().__init__()
        self.sides = Sides(self.stage)

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(what)

    def pick(self, which: int, messages: list[Any]) -> Any:
        return messages[-1 - which] if which < len(messages) else None

    def mine(self, which: int, *, is_deleted: bool = False) -> Any:
        here = self.do(self.sides.here())
        own = [each for each in here if each["author"]["display_name"] == "Anne Baker"]
        return self.pick(which, [each for each in own if (each["deleted_at"] is not None) is is_deleted])

    def alive(self, which: int) -> Any:
        return self.pick(which, [each for each in self.do(self.sides.here()) if not each["deleted_at"]])

    def in_teams(self, which: int, *, of: str | None = None, is_deleted: bool = False) -> Any:
        there = [each for each in self.do(self.sides.there()) if each["is_deleted"] is is_deleted]
        own = [each for each in there if of is None or (each["sender"] == "Anne Baker") is (of == ANNE)]
        return self.pick(which, own)

    @initialize()
    def begins(self) -> None:
        self.do(self.sides.begin())

    @rule(text=WORDS, twice=st.booleans(), answers=st.none() | WHICH)
    def anne_writes(self, text: str, twice: bool, answers: int | None) -> None:
        quoted = self.alive(answers) if answers is not None else None
        self.do(self.sides.write(text, twice=twice, answers=quoted and quoted["id"]))

    @rule(which=WHICH, text=WORDS)
    def anne_edits(self, which: int, text: str) -> None:
        if found := self.mine(which):
            self.do(self.sides.act("PATCH", found["id"], text=f"{text}!"))

    @rule(which=WHICH)
    def anne_deletes(self, which: int) -> None:
        if found := self.mine(which):
            self.do(self.sides.act("DELETE", found["id"]))

    @rule(which=WHICH)
    def anne_brings_back(self, which: int) -> None:
        found = self.mine(which, is_deleted=True)
        if found and found["id"] in self.sides.written:
            self.sides.is_late = True
            self.do(self.sides.act("POST", found["id"], "restore"))

    @rule(which=WHICH, emoji=EMOJI, is_set=st.booleans())
    def anne_reacts(self, which: int, emoji: str, is_set: bool) -> None:
        if found := self.alive(which):
            self.do(self.sides.act("PUT", found["id"], "reaction", reaction=emoji, is_set=is_set))

    @rule()
    def anne_reads(self) -> None:
        self.do(self.sides.office.anne.call("POST", f"/conversations/{self.sides.conversation}/read"))

    @rule(is_anne=st.booleans(), text=WORDS, answers=st.none() | WHICH)
    def somebody_writes_in_teams(self, is_anne: bool, text: str, answers: int | None) -> None:
        # Before Anne wrote here it would be private.
        if not self.do(self.sides.there()):
            return
        quoted = self.in_teams(answers) if answers is not None else None
        who = ANNE if is_anne else self.sides.other
        if quoted:
            self.do(self.sides.teams(who, "POST", "/quote", text=text, quotes=[quoted["id"]]))
        else:
            self.do(self.sides.teams(who, "POST", "/messages", text=text))

    @rule(is_anne=st.booleans(), which=WHICH, text=WORDS)
    def somebody_edits_in_teams(self, is_anne: bool, which: int, text: str) -> None:
        who = ANNE if is_anne else self.sides.other
        if found := self.in_teams(which, of=who):
            self.do(self.sides.teams(who, "PATCH", f"/messages/{found['id']}", text=f"{text}?"))

    @rule(is_anne=st.booleans(), which=WHICH, is_undone=st.booleans())
    def somebody_deletes_in_teams(self, is_anne: bool, which: int, is_undone: bool) -> None:
        who = ANNE if is_anne else self.sides.other
        if found := self.in_teams(which, of=who, is_deleted=is_undone):
            method, action = ("POST", "/undo") if is_undone else ("DELETE", "")
            self.do(self.sides.teams(who, method, f"/messages/{found['id']}{action}"))

    @rule(is_anne=st.booleans(), which=WHICH, emoji=EMOJI, is_set=st.booleans())
    def somebody_reacts_in_teams(self, is_anne: bool, which: int, emoji: str, is_set: bool) -> None:
        if found := self.in_teams(which):
            who = ANNE if is_anne else self.sides.other
            given = {each["reactionType"] for each in found["reactions"]}
            if is_set or emoji in given:
                action = "react" if is_set else "unreact"
                path = f"/messages/{found['id']}/{action}"
                self.do(
                    self.sides.stage.sim.client.post(
                        f"/users/{who}/chats/{self.sides.chat}{path}", json={"reaction": emoji}
                    )
                )

    @rule(seconds=st.sampled_from([0.5, 1.5, 5, 30, 300, 4000]))
    def time_passes(self, seconds: float) -> None:
        self.do(self.sides.let_pass(seconds))

    @rule(fault=st.sampled_from(sorted(FAULTS)), times=st.integers(1, 2))
    def something_goes_wrong(self, fault: str, times: int) -> None:
        self.do(self.stage.sim.post("/faults", {"fault": fault, "times": times, **FAULTS[fault]}))

    @rule()
    def microsoft_ends_the_subscription(self) -> None:
        for each in self.do(self.sides.office.subscriptions_there()):
            self.do(self.stage.sim.post(f"/subscriptions/{each['id']}/remove"))

    @rule()
    def the_product_begins_again(self) -> None:
        for tab in self.sides.tabs:
            self.do(tab.sleep())
        self.do(self.stage.restart())

    @rule()
    def a_tab_is_opened(self) -> None:
        if len(self.sides.tabs) < 3:
            self.do(self.sides.open_tab())

    @rule(which=WHICH, is_awake=st.booleans())
    def a_tab_sleeps_or_wakes(self, which: int, is_awake: bool) -> None:
        if which < len(self.sides.tabs):
            tab = self.sides.tabs[which]
            self.do(tab.wake() if is_awake else tab.sleep())

    def teardown(self) -> None:
        if self.sides.other:
            self.do(self.sides.settle())
            self.do(self.sides.compare())
            self.do(self.sides.end())


@pytest.fixture(scope="module")
def stage() -> Iterator[None]:
    """A product and a tenant of its own, in one event loop for all stories."""
    with m365sim_server() as info, asyncio.Runner() as runner:
        TwoSides.runner, TwoSides.stage = runner, Stage(info)
        runner.run(TwoSides.stage.open())
        yield
        runner.run(TwoSides.stage.close())


@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("stage")
def test_both_sides_end_up_the_same() -> None:
    options = settings(
        max_examples=STORIES,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        phases=[Phase.generate] if "QUICK" in os.environ else tuple(Phase),
    )
    run_state_machine_as_test(TwoSides, settings=options)
