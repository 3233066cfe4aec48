"""Matches to decide and decisions as admins see them. Reads only; changing is in `matching_store.py`."""

from __future__ import annotations

import collections
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.directory import matching_store
from deskbridge.directory.matching import DOUBTS, DecisionView, Doubt, Match, MatchSide, Pair, Verdict
from deskbridge.directory.matching_store import Stored
from deskbridge.directory.model import IdentityId
from deskbridge.directory.tables import match_decisions, open_matches

MOST_SIDES = 100
"""Of one match that are shown; more are no match but a mistake at the source."""


async def list_matches(
    connection: AsyncConnection, account_id: AccountId, after: str | None, limit: int
) -> tuple[list[Match], str | None]:
    """A page of what is to be decided, and after which to ask for the next one."""
    query = select(open_matches.c.match_id).where(open_matches.c.account_id == account_id)
    if after is not None:
        query = query.where(open_matches.c.match_id > after)
    distinct = query.distinct().order_by(open_matches.c.match_id).limit(limit + 1)
    ids = list((await connection.scalars(distinct)).all())
    return await _matches(connection, account_id, ids[:limit]), ids[limit - 1] if len(ids) > limit else None


async def count_matches(connection: AsyncConnection, account_id: AccountId) -> int:
    """How many wait for a decision."""
    distinct = func.count(open_matches.c.match_id.distinct())
    return int(await connection.scalar(select(distinct).where(open_matches.c.account_id == account_id)) or 0)


async def _matches(connection: AsyncConnection, account_id: AccountId, ids: Collection[str]) -> list[Match]:
    query = select(open_matches).where(open_matches.c.account_id == account_id, open_matches.c.match_id.in_(ids))
    members: defaultdict[str, list[IdentityId]] = defaultdict(list)
    doubts: dict[str, Doubt] = {}
    for row in await connection.execute(query.order_by(open_matches.c.identity_id)):
        members[row.match_id].append(row.identity_id)
        doubts[row.match_id] = Doubt(row.doubt)
    shown = {match_id: theirs[:MOST_SIDES] for match_id, theirs in members.items()}
    loaded = await matching_store.load(connection, [each for theirs in shown.values() for each in theirs])
    return [
        _match(match_id, doubts[match_id], [loaded[each] for each in shown[match_id] if each in loaded])
        for match_id in ids
    ]


def _match(match_id: str, doubt: Doubt, sides: list[Stored]) -> Match:
    how_many = collections.Counter(address for each in sides for address in each.addresses)
    return Match(
        id=match_id,
        doubt=doubt,
        words=DOUBTS[doubt],
        sides=[
            MatchSide(person_id=each.person_id, identity=each.identity, addresses=sorted(each.addresses))
            for each in sides
        ],
        shared=sorted(address for address, count in how_many.items() if count > 1),
    )


async def list_decisions(connection: AsyncConnection, account_id: AccountId, limit: int) -> list[DecisionView]:
    """The newest decisions; those about somebody who is not there at the moment are kept, but not shown."""
    query = select(match_decisions).where(match_decisions.c.account_id == account_id)
    newest = query.order_by(match_decisions.c.decided_at.desc(), match_decisions.c.one, match_decisions.c.other)
    return await _decisions(connection, (await connection.execute(newest.limit(limit))).all())


async def following_decisions(
    connection: AsyncConnection, account_id: AccountId, after: Pair | None, limit: int
) -> tuple[list[DecisionView], Pair | None]:
    """A page of all decisions, in the order of whom they are about, and after which to ask for the next one."""
    one, other = match_decisions.c.one, match_decisions.c.other
    query = select(match_decisions).where(match_decisions.c.account_id == account_id)
    if after is not None:
        query = query.where(tuple_(one, other) > after)
    rows = (await connection.execute(query.order_by(one, other).limit(limit))).all()
    end = (rows[-1].one, rows[-1].other) if len(rows) == limit else None
    return await _decisions(connection, rows), end


async def _decisions(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[DecisionView]:
    known = await matching_store.load(connection, {each for row in rows for each in (row.one, row.other)})
    return [
        DecisionView(
            one=known[row.one].identity,
            other=known[row.other].identity,
            verdict=Verdict(row.verdict),
            decided_at=row.decided_at,
            decided_by=row.decided_by,
        )
        for row in rows
        if row.one in known and row.other in known
    ]
