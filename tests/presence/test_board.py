"""What a board believes: late news do not undo newer ones, and nothing outlives its source (P3)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from deskbridge.accounts.model import AccountId
from deskbridge.directory.model import IdentityId, PersonId
from deskbridge.events import LocalBus
from deskbridge.presence.board import IN_ONE_TURN, READ_IS_GOOD_FOR, Board
from deskbridge.presence.model import Availability, IdentityPresence, Presence, Said, in_json
from support.clock import Clock

ACCOUNT, ROBIN = AccountId("a"), IdentityId("robin")


@pytest.fixture
async def boards(bus: LocalBus, clock: Clock) -> list[Board]:
    """Those of two processes."""
    both = [Board(bus, clock), Board(bus, clock)]
    for each in both:
        await each.open()
    return both


def said(availability: Availability, as_of: datetime, version: str | None = None) -> Said:
    presence = Presence(availability=availability, activity="", source="teams", as_of=as_of)
    return Said(person_id=PersonId("p"), identity_id=ROBIN, presence=presence, version=version)


def test_those_who_look_hear_nothing_that_only_boards_tell_each_other(clock: Clock) -> None:
    told = said(Availability.BUSY, clock(), "A0000000000000009").model_copy(update={"live_until": clock()})
    shown = IdentityPresence(person_id=told.person_id, identity_id=told.identity_id, presence=told.presence)
    assert in_json(told) == shown.model_dump_json()


def seen_by(board: Board) -> Availability | None:
    found = board.find(ROBIN)
    return found.availability if found else None


async def test_what_was_asked_earlier_does_not_undo_what_was_told_later(boards: list[Board], clock: Clock) -> None:
    boards[0].update(ACCOUNT, [said(Availability.BUSY, clock())])
    boards[1].update(ACCOUNT, [said(Availability.AWAY, clock() - timedelta(seconds=1))])
    assert [seen_by(each) for each in boards] == [Availability.BUSY] * 2


async def test_the_platforms_own_version_decides_where_both_have_one(boards: list[Board], clock: Clock) -> None:
    boards[0].update(ACCOUNT, [said(Availability.BUSY, clock(), "A0000000000000009")])
    boards[1].update(ACCOUNT, [said(Availability.AWAY, clock() + timedelta(seconds=9), "A0000000000000008")])
    assert [seen_by(each) for each in boards] == [Availability.BUSY] * 2
    boards[1].update(ACCOUNT, [said(Availability.OFFLINE, clock(), "A0000000000000010")])
    assert [seen_by(each) for each in boards] == [Availability.OFFLINE] * 2


async def test_what_is_told_live_is_good_as_long_as_somebody_vouches_for_it(boards: list[Board], clock: Clock) -> None:
    until = clock() + timedelta(minutes=60)
    boards[0].update(ACCOUNT, [said(Availability.BUSY, clock()).model_copy(update={"live_until": until})])
    clock.move(minutes=50)
    boards[0].extend(ACCOUNT, [ROBIN], clock() + timedelta(minutes=60))
    clock.move(minutes=59)
    assert [seen_by(each) for each in boards] == [Availability.BUSY] * 2
    clock.move(minutes=2)
    assert [seen_by(each) for each in boards] == [None] * 2


async def test_only_what_differs_is_told_and_lapsing_is_told_once(boards: list[Board], clock: Clock) -> None:
    told: list[IdentityPresence] = []
    boards[1].on_changed = lambda _account_id, changed: told.extend(changed)
    for _ in range(3):
        boards[0].update(ACCOUNT, [said(Availability.BUSY, clock())])
        clock.move(seconds=1)
    clock.move(seconds=READ_IS_GOOD_FOR.total_seconds())
    for _ in range(3):
        boards[1].forget_lapsed()
    assert [each.presence.availability for each in told] == [Availability.BUSY, Availability.UNKNOWN]


async def test_many_are_told_in_turns(boards: list[Board], clock: Clock) -> None:
    told: list[int] = []
    boards[0].on_changed = lambda _account, changed: told.append(len(changed))
    one = said(Availability.BUSY, clock())
    all_of_them = [one.model_copy(update={"identity_id": IdentityId(str(n))}) for n in range(IN_ONE_TURN * 2 + 1)]

    telling = asyncio.create_task(boards[0].update_in_turns(ACCOUNT, all_of_them))
    await asyncio.sleep(0)
    assert told == [IN_ONE_TURN]
    await telling
    assert told == [IN_ONE_TURN, IN_ONE_TURN, 1]
