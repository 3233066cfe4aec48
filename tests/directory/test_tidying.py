"""A command that fills the directory leaves it as quick as a worker would."""

from __future__ import annotations

from sqlalchemy import text

from deskbridge.api.desk import Desk
from deskbridge.app import tidied
from deskbridge.directory import index_store
from deskbridge.directory.model import Identity, IdentityId, Person, PersonId, Platform
from deskbridge.directory.tidying import SMALL_TOGETHER
from support.builders import make_account

AT_ONCE = index_store.MANY + 1


def _person(number: int) -> Person:
    known = PersonId(f"{number:036}")
    said = {"address": None, "job_title": None, "department": None}
    one = Identity(id=IdentityId(known), platform=Platform.TEAMS, display_name=f"Ann {number}", **said)
    return Person(id=known, display_name="", job_title=None, department=None, identities=[one])


async def _segments(desk: Desk) -> list[int]:
    async with desk.db.read() as connection:
        return list((await connection.scalars(text("SELECT size FROM directory_segments ORDER BY size"))).all())


async def test_after_a_command_there_is_nothing_left_to_tidy(desk: Desk) -> None:
    account = await make_account(desk, teams_chat=True)

    async with tidied(desk, account.id):
        for begin in range(0, SMALL_TOGETHER * AT_ONCE, AT_ONCE):
            async with desk.db.transaction() as tx:
                some = [_person(number) for number in range(begin, begin + AT_ONCE)]
                await index_store.index_persons(tx.connection, account.id, some)

    assert await _segments(desk) == [SMALL_TOGETHER * AT_ONCE]
