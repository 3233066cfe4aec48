"""Importing the organisation's Teams users, and matching them (rules D1, D2)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from deskbridge.accounts.model import License
from deskbridge.directory import report_store
from deskbridge.directory.imports import ImportState
from deskbridge.directory.index_store import State, insert_segment
from deskbridge.directory.tidying import MOST_UNTIDY, lease_of
from deskbridge.teams.store.leases import Leases
from support.builders import make_user
from teams.office import Office
from teams.road import Road


async def imported(office: Office) -> Any:
    return await office.desk.connector.importer.run_once(office.account.id)


async def people(office: Office) -> dict[str, list[str]]:
    page = await office.anne.call("GET", "/people", params={"limit": 100})
    return {each["display_name"]: [i["platform"] for i in each["identities"]] for each in page["people"]}


class TestImport:
    """D1, D2."""

    async def test_says_what_it_did_and_why_it_left_somebody_out(self, office: Office) -> None:
        (first,) = await office.desk.connector.importer.latest(office.account.id)
        assert first.state is ImportState.DONE
        assert (first.read, first.added, first.merged, first.removed) == (6, 3, 1, 0)
        assert {each.reason: each.count for each in first.skipped} == {"no_teams_license": 1, "disabled": 1}
        assert all(each.words.endswith(".") for each in first.skipped)
        assert await people(office) == {
            "Anne Baker": ["contact_center", "teams"],
            "Ben Okafor": ["teams"],
            "Robin Hale": ["teams"],
            "Taylor Quinn": ["teams"],
        }

    async def test_again_it_only_reads_what_changed(self, office: Office, road: Road) -> None:
        sim = office.sim.client
        await sim.patch("/users/ben@contoso.example", json={"display_name": "Ben O. Okafor", "job_title": "Lead"})
        await sim.patch("/users/robin@contoso.example", json={"skus": []})
        await sim.delete("/users/taylor@contoso.example")
        await sim.post("/users", json={"upn": "new@contoso.example", "display_name": "New Here"})
        report = await imported(office)
        assert report.state is ImportState.DONE
        assert (report.added, report.changed, report.removed) == (1, 1, 2)
        assert report.read < 6
        found = await people(office)
        assert {"Ben O. Okafor", "New Here"} <= found.keys()
        assert not {"Robin Hale", "Taylor Quinn"} & found.keys()

    async def test_who_leaves_and_comes_back_is_who_they_were(self, office: Office) -> None:
        async def ben() -> list[str]:
            page = await office.anne.call("GET", "/people", params={"q": "ben okafor"})
            return [each["id"] for each in page["people"]]

        before = await ben()
        for _ in range(2):
            await office.sim.client.patch("/users/ben@contoso.example", json={"skus": []})
            assert ((await imported(office)).removed, await ben()) == (1, [])
            await office.sim.client.patch("/users/ben@contoso.example", json={"skus": ["ENTERPRISEPREMIUM"]})
            assert ((await imported(office)).added, await ben()) == (1, before)

    async def test_a_forgotten_delta_link_means_everyone_again_and_who_is_unseen_has_left(
        self, office: Office, road: Road
    ) -> None:
        await office.sim.client.delete("/users/ben@contoso.example", params={"purge": True})
        road.plan("GET", "deltatoken", "410", body=b'{"error": {"code": "syncStateNotFound", "message": "gone"}}')
        report = await imported(office)
        assert (report.state, report.removed) == (ImportState.DONE, 1)
        assert "Ben Okafor" not in await people(office)

    async def test_what_was_done_before_the_delta_link_was_forgotten_is_in_the_report(
        self, office: Office, road: Road
    ) -> None:
        road.rewrite = (b"$top=999", b"$top=2")
        await office.desk.connector.importer.run_once(office.account.id, full=True)
        sim = office.sim.client
        await sim.delete("/users/ben@contoso.example")
        await sim.patch("/users/robin@contoso.example", json={"display_name": "Robin Renamed"})
        await sim.patch("/users/taylor@contoso.example", json={"job_title": "Lead"})
        road.plan("GET", "deltatoken", "pass")
        body = b'{"error": {"code": "syncStateNotFound", "message": "gone"}}'
        forgotten = road.plan("GET", "skiptoken", "410", body=body)

        report = await imported(office)

        assert (forgotten.met, report.state, report.is_full) == (1, ImportState.DONE, True)
        assert (report.read, report.added, report.changed, report.removed) == (5, 0, 2, 1)
        assert {each.reason: each.count for each in report.skipped} == {"no_teams_license": 1, "disabled": 1}
        async with office.desk.db.read() as connection:
            named, _ = await report_store.list_entries(connection, report.id, 0, 100)
        assert sorted((each.kind.value, each.name) for each in named) == [
            ("removed", "Ben Okafor"),
            ("skipped", "Gone Already"),
            ("skipped", "Lee Chen"),
        ]

    @pytest.mark.parametrize("asked", [r"/users\?\$count", "/users/delta"])
    async def test_throttled_it_waits_as_long_as_it_is_asked_to(self, office: Office, road: Road, asked: str) -> None:
        road.plan("GET", asked, "429", headers={"Retry-After": "20"})
        await office.desk.connector.importer.start(office.account.id, full=True)
        await office.desk.connector.imports.settle()
        passed = road.count("GET", "/users")
        office.clock.move(seconds=19)
        await office.desk.connector.imports.settle()
        assert (road.accidents[0].met, road.count("GET", "/users")) == (1, passed)
        assert (await office.desk.connector.importer.latest(office.account.id))[0].state is ImportState.RUNNING
        office.clock.move(seconds=2)
        await office.desk.connector.imports.settle()
        (told, *_) = await office.desk.connector.importer.latest(office.account.id)
        assert (told.state, told.total) == (ImportState.DONE, 6)

    async def test_it_rests_while_somebody_puts_a_very_untidy_list_in_order(self, office: Office) -> None:
        leases, name = Leases(office.desk.db, office.clock, always=True), lease_of(office.account.id)
        async with office.desk.db.transaction() as tx:
            for _ in range(MOST_UNTIDY):
                await insert_segment(tx.connection, office.account.id, State.LIVE, 0)
        await leases.claim(name)
        await office.desk.connector.importer.start(office.account.id)
        await office.desk.connector.imports.settle()
        office.clock.move(seconds=2)
        await office.desk.connector.imports.settle()
        assert (await office.desk.connector.importer.latest(office.account.id))[0].state is ImportState.RUNNING

        await leases.release(name)
        office.clock.move(seconds=2)
        await office.desk.connector.imports.settle()
        assert (await office.desk.connector.importer.latest(office.account.id))[0].state is ImportState.DONE

    async def test_refused_it_fails_with_words(self, office: Office, road: Road) -> None:
        body = b'{"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}}'
        road.plan("GET", "/users/delta", "403", body=body)
        report = await imported(office)
        assert report.state is ImportState.FAILED
        assert "User.Read.All" in report.error

    async def test_two_who_start_at_once_share_one_import(self, office: Office) -> None:
        importer = office.desk.connector.importer
        ids = await asyncio.gather(*(importer.start(office.account.id) for _ in range(4)))
        assert len(set(ids)) == 1

    async def test_a_user_who_comes_later_is_matched_by_address(self, office: Office) -> None:
        await make_user(
            office.desk, office.account, "Robin H.", frozenset({License.WORK}), email="ROBIN@contoso.example"
        )
        found = await people(office)
        assert sorted(found["Robin Hale"]) == ["teams", "work"]
