"""Asking about hundreds of ids at once, as one value."""

from __future__ import annotations

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.dialects import sqlite

from deskbridge.accounts.store import accounts
from deskbridge.directory.tables import identities, persons
from deskbridge.storage.among import among, as_json
from deskbridge.storage.database import Database
from support.databases import add_account

STATEMENTS = [
    (select(persons).where(among(persons.c.id)), "id=?"),
    (select(persons).where(persons.c.account_id == "a", among(persons.c.id)), "id=?"),
    (select(identities).where(identities.c.account_id == "a", among(identities.c.person_id)), "person_id=?"),
]


async def test_finds_those_who_are_named_and_nobody_else(db: Database) -> None:
    async with db.transaction() as tx:
        ids = {await add_account(tx, name): name for name in ("Contoso", "Fabrikam", "It's \u2028 theirs")}
    wanted = list(ids)[1:]
    async with db.read() as connection:
        found = await connection.execute(select(accounts.c.id).where(among(accounts.c.id)), {"ids": as_json(wanted)})
        nobody = await connection.execute(select(accounts.c.id).where(among(accounts.c.id)), {"ids": as_json([])})
    assert sorted(found.scalars()) == sorted(wanted)
    assert nobody.all() == []


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
@pytest.mark.parametrize(("statement", "by"), STATEMENTS)
async def test_sqlite_looks_them_up_and_reads_nobody_else(db: Database, statement: Select[tuple[str]], by: str) -> None:
    written = str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))  # type: ignore[no-untyped-call]  # SQLAlchemy gives its dialects no types.
    async with db.read() as connection:
        plan = await connection.execute(text(f"EXPLAIN QUERY PLAN {written}"), {"ids": "[]", "account_id_1": "a"})
        first = str(plan.all()[0][-1])
    assert first.startswith("SEARCH")
    assert f"({by})" in first
