"""What was backed up while the product ran comes back in an empty place; browsers and Teams catch up by themselves."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from deskbridge.conversations import search_tables
from deskbridge.errors import WrongSetting
from deskbridge.events import LocalBus
from deskbridge.operating.backup import LEFT_OUT, back_up, restore
from deskbridge.storage.database import Database
from deskbridge.tables import metadata
from support.databases import opened
from support.servers import Postgres
from teams.conftest import clock, office, road
from teams.office import ROBIN, Office

__all__ = ["clock", "office", "road"]

CHANGES_BY_DESIGN = {("teams_chats", "sync_asked"), ("teams_chats", "has_gap"), ("teams_subscriptions", "renew_at")}


@pytest.fixture(params=["to one machine", "to many machines"])
async def elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path, office: Office
) -> AsyncIterator[Database]:
    """An empty database of either kind."""
    if request.param == "to one machine":
        url = f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'elsewhere.sqlite3')}"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = await postgres.new_database()
    async with opened(url, LocalBus(), office.clock) as database:
        yield database


async def everything(db: Database) -> dict[str, list[Any]]:
    """All rows of all tables that a backup holds, without what restoring changes on purpose."""
    found = {}
    async with db.read() as connection:
        for table in metadata.sorted_tables:
            columns = [each for each in table.columns if (table.name, each.name) not in CHANGES_BY_DESIGN]
            if table.name not in LEFT_OUT:
                found[table.name] = sorted(map(repr, await connection.execute(select(*columns))))
    return found


async def test_everything_comes_back_in_an_empty_place(office: Office, elsewhere: Database, tmp_path: Path) -> None:
    await office.said_and_answered()
    await office.in_teams(ROBIN, "Grüße, 你好 🎉")
    await office.work()
    await office.write("This one waits")
    picture = f"/api/v1/conversations/{office.conversation}/images/00000000-0000-4000-8000-000000000000"
    assert (await office.anne.http.put(picture, content=b"\xff\xd8\xff" + bytes(300_000))).status_code == 201

    count = await back_up(office.desk.db, tmp_path / "backup", office.clock)
    assert await restore(elsewhere, tmp_path / "backup", office.clock) == count

    before, after = await everything(office.desk.db), await everything(elsewhere)
    assert after == before
    assert before["messages"]
    assert len(before["file_parts"]) == 3
    # Every browser that knew the old one is told to fetch its snapshot, and every chat is read again.
    await elsewhere.start()
    assert elsewhere.epoch != office.desk.db.epoch
    async with elsewhere.read() as connection:
        assert await connection.scalar(text("SELECT min(sync_asked) FROM teams_chats")) > 0
    # Numbers go on after those that came back.
    async with elsewhere.transaction() as tx:
        insert = "INSERT INTO failed_sign_ins (username_key, at) VALUES ('x', 1)"
        await tx.connection.execute(text(insert))
    with pytest.raises(WrongSetting, match="not empty"):
        await restore(elsewhere, tmp_path / "backup", office.clock)


async def test_every_table_of_the_database_is_known(db: Database) -> None:
    async with db.read() as connection:
        names = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    # SQLite keeps the index of messages in tables of its own, which come back with what they index.
    derived = {name for name in names if name.startswith(search_tables.INDEX)}
    assert names - {"alembic_version"} - derived == set(metadata.tables)


async def test_a_backup_that_is_not_whole_restores_nothing(db: Database, clock: Any, tmp_path: Path) -> None:
    async with db.transaction() as tx:
        for number in range(3):
            insert = f"INSERT INTO failed_sign_ins (username_key, at) VALUES ('{number}', 1)"
            await tx.connection.execute(text(insert))
    whole = tmp_path / "whole"
    assert await back_up(db, whole, clock) == 3
    assert whole.stat().st_mode & 0o077 == 0
    with pytest.raises(WrongSetting, match="exists already"):
        await back_up(db, whole, clock)
    async with db.transaction() as tx:
        await tx.connection.execute(text("DELETE FROM failed_sign_ins"))
    lines = gzip.decompress(whole.read_bytes()).decode().splitlines()
    newer = json.dumps({**json.loads(lines[0]), "schema": "9999"})
    for damaged, said in (
        (whole.read_bytes()[:-20], "not a whole backup"),
        (b"rubbish", "not a whole backup"),
        (gzip.compress("\n".join(lines[:-1]).encode()), "not a whole backup"),
        (gzip.compress("\n".join([*lines[:2], lines[-1]]).encode()), "not a whole backup"),
        (gzip.compress("\n".join([newer, *lines[1:]]).encode()), "version 9999"),
    ):
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(WrongSetting, match=said):
            await restore(db, tmp_path / "damaged", clock)
        async with db.read() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM failed_sign_ins")) == 0
    assert await restore(db, whole, clock) == 3
