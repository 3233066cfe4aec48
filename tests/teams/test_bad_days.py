"""Whatever changes at Microsoft, and whenever we are killed: our directory is as a fresh import makes it (D1, D2)."""

from __future__ import annotations

import asyncio
import contextlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from deskbridge.accounts.model import AccountId
from deskbridge.api.desk import Desk
from deskbridge.app import open_desk
from deskbridge.directory import import_store, report_store
from deskbridge.directory.imports import ImportKind, ImportSettings, ImportState
from deskbridge.directory.model import Platform
from deskbridge.directory.searching import Question
from deskbridge.settings import Settings
from deskbridge.teams.lanes import NotYet
from deskbridge.teams.store.leases import leases
from deskbridge.teams.store.people import users as teams_users
from support.builders import make_account
from support.servers import BIN, Sim
from teams.office import Office, allow
from teams.road import Road

NO_TEAMS = "Microsoft_365_E3_(no_Teams)"


async def directory(desk: Desk, account_id: AccountId) -> list[tuple[Any, ...]]:
    """Everybody from Teams as the list shows them, and who they are at Microsoft."""
    question = Question(platform=Platform.TEAMS)
    listed = (await desk.search.list_people(account_id, question, None, 200)).people
    async with desk.db.read() as connection:
        query = select(teams_users.c.identity_id, teams_users.c.microsoft_user_id, teams_users.c.username)
        rows = (await connection.execute(query.where(teams_users.c.account_id == account_id))).all()
    at_microsoft = {row.identity_id: (row.microsoft_user_id, row.username) for row in rows}
    shown = [
        (each.display_name, each.address, each.job_title, at_microsoft.pop(each.id))
        for person in listed
        for each in person.identities
        if each.platform is Platform.TEAMS
    ]
    assert not at_microsoft
    return sorted(shown, key=str)


async def fresh(office: Office) -> list[tuple[Any, ...]]:
    """The same by somebody who imports everybody for the first time, and has nobody else."""
    account = await make_account(office.desk, teams_chat=True, tenant_id=office.sim.info["tenant_id"])
    await office.desk.connector.importer.run_once(account.id)
    return await directory(office.desk, account.id)


async def report(office: Office, import_id: str) -> set[tuple[str, str, str | None]]:
    """Whom it names, and why."""
    async with office.desk.db.read() as connection:
        entries, _ = await report_store.list_entries(connection, import_id, 0, 500)
    return {(each.kind.value, each.name, each.reason) for each in entries}


async def test_whatever_changed_our_directory_is_as_a_fresh_import_makes_it(office: Office) -> None:
    sim, importer = office.sim, office.desk.connector.importer
    proxies = [f"smtp:alias{number}@contoso.example" for number in range(60)]

    async def add(name: str, **more: Any) -> None:
        await sim.post("/users", {"upn": f"{name}@contoso.example", "display_name": name.title(), **more})

    async def who_is_again() -> list[tuple[str, str]]:
        found = await directory(office.desk, office.account.id)
        return [
            (name, microsoft_id) for name, address, _, (microsoft_id, _) in found if address == "again@contoso.example"
        ]

    await add("nomail", mail="")
    await add("double", mail="robin@contoso.example")
    await add("sixty", proxy_addresses=["SMTP:sixty@contoso.example", *proxies])
    await add("again")
    await sim.client.delete("/users/taylor@contoso.example", params={"purge": True})
    await importer.run_once(office.account.id)
    ((_, one),) = await who_is_again()
    # The same username, and somebody else.
    await sim.client.delete("/users/again@contoso.example", params={"purge": True})
    await add("again", display_name="Another")
    await sim.client.patch(
        "/users/ben@contoso.example", json={"upn": "ben@fabrikam.example", "mail": "b@fabrikam.example"}
    )
    await sim.client.patch("/users/nomail@contoso.example", json={"display_name": "Renamed"})
    await sim.client.patch("/users/sixty@contoso.example", json={"skus": [NO_TEAMS]})
    office.clock.move(seconds=1)

    told = await importer.run_once(office.account.id)

    assert told.state is ImportState.DONE
    assert (told.removed, told.changed, told.added) == (2, 2, 1)
    assert await report(office, told.id) == {
        ("removed", "Again", "deleted"),
        ("removed", "Sixty", "no_teams_license"),
    }
    ((name, other),) = await who_is_again()
    assert (name, other != one) == ("Another", True)
    assert await directory(office.desk, office.account.id) == await fresh(office)


async def test_who_shares_a_mail_address_is_named_for_an_admin(office: Office) -> None:
    body = {"upn": "double@contoso.example", "display_name": "Double", "mail": "anne@contoso.example"}
    await office.sim.post("/users", body)
    office.clock.move(seconds=1)

    told = await office.desk.connector.importer.run_once(office.account.id)

    assert told.ambiguous == 1
    assert await report(office, told.id) == {("ambiguous", "Double", "platform_twice")}


async def test_who_is_chosen_comes_in_and_who_is_not_goes_out_at_the_next_import(office: Office) -> None:
    guest = {"upn": "guest#ext#@contoso.example", "display_name": "A Guest", "mail": "guest@else.example"}
    await office.sim.post("/users", {**guest, "user_type": "Guest"})
    importer = office.desk.connector.importer
    before = (await importer.run_once(office.account.id), await directory(office.desk, office.account.id))[1]

    async def choose(**chosen: Any) -> Any:
        office.clock.move(seconds=1)
        async with office.desk.db.transaction() as tx:
            await import_store.put_settings(tx.connection, office.account.id, ImportSettings(**chosen))
        return await importer.run_once(office.account.id)

    told = await choose(guests=False)
    assert (told.is_full, told.removed) == (True, 1)
    assert ("removed", "A Guest", "guest") in await report(office, told.id)
    told = await choose(domains=["else.example"])
    assert (told.added, told.removed) == (1, 4)
    assert [each[0] for each in await directory(office.desk, office.account.id)] == ["A Guest"]
    await choose()
    assert await directory(office.desk, office.account.id) == before
    assert not (await choose()).is_full


async def test_with_groups_their_members_come_in_and_who_leaves_them_goes_out(office: Office) -> None:
    importer, sim = office.desk.connector.importer, office.sim

    async def put(name: str, *members: str, groups: tuple[str, ...] = ()) -> str:
        body = {"members": [f"{each}@contoso.example" for each in members], "groups": groups}
        return str((await sim.client.put(f"/groups/{name}", json=body)).json()["id"])

    async def run(**chosen: Any) -> Any:
        office.clock.move(seconds=1)
        async with office.desk.db.transaction() as tx:
            await import_store.put_settings(tx.connection, office.account.id, ImportSettings(**chosen))
        return await importer.run_once(office.account.id)

    async def names() -> list[str]:
        return [each[0] for each in await directory(office.desk, office.account.id)]

    inner, outer = await put("Inner", "ben"), await put("Outer", "robin", groups=("Inner",))
    first = await put("First", "anne", "ben")
    await allow(office, "User.Read.All")
    refused = await run(groups=[first])
    assert refused.state is ImportState.FAILED
    assert "GroupMember.Read.All" in refused.error

    await allow(office, "User.Read.All", "GroupMember.Read.All")
    told = await run(groups=[first, outer])
    assert (told.state, told.total, told.read) == (ImportState.DONE, 4, 4)
    assert await names() == ["Anne Baker", "Ben Okafor", "Robin Hale"]
    await put(inner)
    told = await run(groups=[outer])
    assert (told.is_full, told.removed) == (True, 2)
    assert ("removed", "Ben Okafor", "not_in_groups") in await report(office, told.id)
    assert await names() == ["Robin Hale"]

    missing = "11111111-2222-3333-4444-555555555555"
    told = await run(groups=[outer, missing])
    assert told.state is ImportState.FAILED
    assert missing in told.error
    assert await names() == ["Robin Hale"]
    await run()
    assert await directory(office.desk, office.account.id) == await fresh(office)


async def test_each_night_it_begins_by_itself_once(office: Office) -> None:
    connector = office.desk.connector

    async def begun() -> list[bool]:
        await connector.imports.settle()
        async with office.desk.db.read() as connection:
            found = await import_store.latest_imports(connection, office.account.id, ImportKind.TEAMS)
        assert all(each.state is ImportState.DONE for each in found)
        return [each.is_scheduled for each in found]

    assert await begun() == [False]
    now = office.clock()
    tonight = now.replace(hour=2, minute=0, second=0) + timedelta(days=now.hour >= 2)
    office.clock.move(seconds=(tonight - now).total_seconds() - 1)
    assert await begun() == [False]
    office.clock.move(seconds=2)
    assert await begun() == [True, False]
    assert await begun() == [True, False]
    # Whoever was away for days has one import to catch up with.
    office.clock.move(seconds=3 * 24 * 3600)
    assert await begun() == [True, True, False]
    async with office.desk.db.transaction() as tx:
        await import_store.put_settings(tx.connection, office.account.id, ImportSettings(at=None))
    office.clock.move(seconds=24 * 3600)
    assert await begun() == [True, True, False]


async def test_two_processes_that_work_on_one_import_count_nobody_twice(
    office: Office, teams_settings: Settings, road: Road
) -> None:
    """One falls asleep with a page in its hands; meanwhile its lease ends and the other one does everything."""
    settings = teams_settings.model_copy(update={"microsoft_graph_url": road.url})
    importer = office.desk.connector.importer
    async with office.desk.db.transaction() as tx:
        # An hour ahead can be past two in the night, when another import would begin by itself.
        await import_store.put_settings(tx.connection, office.account.id, ImportSettings(at=None))
    async with open_desk(settings, lambda: office.clock() + timedelta(hours=1)) as other:
        await importer.start(office.account.id, full=True)
        held = road.plan("GET", "users/delta", "held")
        asleep = asyncio.create_task(importer.work(office.account.id))
        async with asyncio.timeout(60):
            await held.happened.wait()
        await other.connector.importer.work(office.account.id)
        road.released.set()
        with contextlib.suppress(NotYet):
            # On a very slow machine it has given up waiting for its page before that.
            await asleep
        (latest, *_) = await other.connector.importer.latest(office.account.id)
        async with other.db.read() as connection:
            named, _ = await report_store.list_entries(connection, latest.id, 0, 100)
    assert (latest.state, latest.read) == (ImportState.DONE, 6)
    assert sorted(each.name for each in named) == ["Gone Already", "Lee Chen"]


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_killed_at_each_page_it_goes_on_there(
    teams_settings: Settings, sim: Sim, road: Road, tmp_path: Path
) -> None:
    """kill -9 while a page is on its way, for each page of three."""
    road.rewrite = (b"$top=999", b"$top=2")
    settings = teams_settings.model_copy(update={"microsoft_graph_url": road.url})
    env, log = _environment(settings), tmp_path / "import.log"
    async with open_desk(settings) as desk:
        account = await make_account(desk, teams_chat=True, tenant_id=sim.info["tenant_id"])

        async def read() -> int:
            return next((each.read for each in await desk.connector.importer.latest(account.id)), 0)

        for pages in range(3):
            road.accidents.clear()
            if pages:
                road.plan("GET", "users/delta", "pass")
            lost = road.plan("GET", "users/delta", "late answer")
            process = await _begin(env, log)
            async with asyncio.timeout(60):
                while not lost.met or await read() < 2 * pages:
                    assert process.returncode is None, log.read_text()
                    await asyncio.sleep(0.05)
            process.kill()
            await process.wait()
            async with desk.db.transaction() as tx:
                # As if the seconds had gone by for which the killed one holds it.
                await tx.connection.execute(delete(leases))
        road.accidents.clear()
        process = await _begin(env, log)
        assert await process.wait() == 0, log.read_text()

        (told,) = await desk.connector.importer.latest(account.id)
        assert (told.state, told.read, told.added) == (ImportState.DONE, 6, 4)
        again = await make_account(desk, teams_chat=True, tenant_id=sim.info["tenant_id"])
        await desk.connector.importer.run_once(again.id)
        assert [each[:3] for each in await directory(desk, account.id)] == [
            each[:3] for each in await directory(desk, again.id)
        ]


def _environment(settings: Settings) -> dict[str, str]:
    given = settings.model_dump(exclude_none=True, exclude={"microsoft_client_secret", "session_lifetime"})
    secret = settings.microsoft_client_secret
    given["microsoft_client_secret"] = secret.get_secret_value() if secret else ""
    return {**os.environ, **{f"DESKBRIDGE_{name.upper()}": str(value) for name, value in given.items()}}


async def _begin(env: dict[str, str], log: Path) -> asyncio.subprocess.Process:
    with log.open("ab") as out:
        return await asyncio.create_subprocess_exec(str(BIN / "deskbridge"), "import", env=env, stdout=out, stderr=out)
