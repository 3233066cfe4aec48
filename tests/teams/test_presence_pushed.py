"""What is told of presence: only what is proved counts, what is lost is read again, and all processes hear it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from deskbridge.accounts.model import AccountId
from deskbridge.app import open_desk
from deskbridge.directory.model import PersonId
from deskbridge.presence.model import IdentityPresence
from deskbridge.teams import presence_pushed, presence_together
from deskbridge.teams.store import subscriptions
from deskbridge.teams.store.subscriptions import PRESENCE
from deskbridge.teams.verified import Verified
from teams.office import BEN, ROBIN, Office
from teams.road import Road
from teams.screen import Screen, pass_time, presence_subscriptions, screen_of, set_in_teams, settle

WEBHOOK = "/api/v1/webhooks/graph/notifications"
READ = "getPresencesByUserId"


class Post:
    """Stands at the door and keeps a copy of what came in."""

    def __init__(self, office: Office) -> None:
        self.came: list[tuple[Sequence[Verified], list[str] | None]] = []
        notifications = office.desk.connector.notifications
        hand_on = notifications._on_presence

        def keep(items: Sequence[Verified], tokens: list[str] | None) -> None:
            self.came.append((items, tokens))
            hand_on(items, tokens)

        notifications._on_presence = keep


async def watching_robin(office: Office, screen: Screen) -> None:
    await screen.look_at("robin", "ben")
    await pass_time(office, 3)
    await screen.until("Robin Hale", "busy", live=True)
    await screen.until("Ben Okafor", "away", live=True)


class TestProof:
    """clientState and validationTokens, as for messages."""

    async def test_a_wrong_secret_changes_nothing(self, office: Office) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await watching_robin(office, screen)
            async with office.desk.db.read() as connection:
                row = await subscriptions.find(connection, office.user.id, PRESENCE)
            assert row
            item = {"clientState": f"{row.id}.guessed", "changeType": "updated", "resource": "communications/presences"}
            post = Post(office)
            answer = await office.anne.http.post(WEBHOOK, content=json.dumps({"value": [item]}))
            assert answer.status_code == 202
            assert post.came == []

    async def test_without_microsofts_proof_it_is_dropped(self, office: Office) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await watching_robin(office, screen)
            post = Post(office)
            await set_in_teams(office, ROBIN, "Available")
            await screen.until("Robin Hale", "available")
            await set_in_teams(office, ROBIN, "Away")
            await screen.until("Robin Hale", "away")
            pushed = office.desk.connector.pushed
            pushed.put(post.came[0][0], ["eyJhbGciOiJub25lIn0.e30."])
            await pushed.settle()
            await set_in_teams(office, BEN, "Available")
            await screen.until("Ben Okafor", "available")
            assert screen.shown["Robin Hale"]["availability"] == "away"

    async def test_what_cannot_be_opened_is_read(self, office: Office, road: Road) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await watching_robin(office, screen)
            post, pushed = Post(office), office.desk.connector.pushed
            reads = road.count("POST", READ)
            office.desk.connector.notifications._on_presence = lambda items, tokens: post.came.append((items, tokens))
            await set_in_teams(office, ROBIN, "Available")
            (((verified,), tokens),) = post.came
            content = msgspec.structs.replace(verified.item.encrypted_content, data_signature="AAAA")
            damaged = msgspec.structs.replace(verified.item, encrypted_content=content)
            pushed.put([replace(verified, item=damaged)], tokens)
            await pushed.settle()
            await settle(office)
            await screen.until("Robin Hale", "available", live=True)
            assert road.count("POST", READ) == reads + 1


class TestManyAtOnce:
    """Opening costs a part of a core each; reading tells of all in one request."""

    async def test_they_are_read_together_and_opened_when_microsoft_does_not_answer(
        self, office: Office, road: Road, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(presence_together, "MANY", 2)
        opened: list[int] = []
        opener = office.desk.connector.pushed._opener
        open_all = opener.open_all

        async def count(contents: Any, keys: Any) -> Any:
            opened.append(len(contents))
            return await open_all(contents, keys)

        monkeypatch.setattr(opener, "open_all", count)
        await office.connect()
        async with screen_of(office) as screen:
            await watching_robin(office, screen)
            reads = road.count("POST", READ)

            async def both(availability: str) -> None:
                said = [{"user": each, "availability": availability} for each in (ROBIN, BEN)]
                await office.sim.post("/presence", {"value": said})
                await office.sim.settle()
                await office.desk.connector.pushed.settle()
                for name in ("Robin Hale", "Ben Okafor"):
                    await screen.until(name, availability.lower(), live=True)

            await both("Available")
            assert (road.count("POST", READ), sum(opened)) == (reads + 1, 0)
            road.plan("POST", READ, "503")
            await both("Busy")
            assert (road.count("POST", READ), sum(opened)) == (reads + 2, 2)
            await both("Away")
            assert (road.count("POST", READ), sum(opened)) == (reads + 2, 4)

    def test_whose_presence_it_is_is_read_from_the_resource(self) -> None:
        whose = presence_together.whose_presence
        assert whose("communications/presences/ABC-1") == whose("/Communications/presences('abc-1')") == "abc-1"
        assert whose("communications/presences") is whose("users/abc-1/presence") is whose(None) is None


class TestTooMuch:
    """A bound, and a stated behavior when it is reached."""

    async def test_what_does_not_fit_is_read_again(
        self, office: Office, road: Road, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await office.connect()
        async with screen_of(office) as screen:
            await watching_robin(office, screen)
            reads = road.count("POST", READ)
            full: asyncio.Queue[Any] = asyncio.Queue(1)
            post = Post(office)
            await set_in_teams(office, BEN, "Available")
            await screen.until("Ben Okafor", "available")
            pushed = office.desk.connector.pushed
            await pushed.close()
            monkeypatch.setattr(pushed, "_waiting", full)
            pushed.put(post.came[0][0], post.came[0][1])
            await office.sim.post(f"/users/{ROBIN}/presence", {"availability": "Available"})
            await office.sim.settle()
            pushed.start()
            await pushed.settle()
            await settle(office)
            await screen.until("Robin Hale", "available", live=True)
            assert road.count("POST", READ) == reads + 1

    def test_the_bound_holds_a_burst(self) -> None:
        assert presence_pushed.MOST_WAITING >= 10 * 2_000


class TestManyProcesses:
    """Whoever looks, wherever: one watch."""

    async def test_another_process_that_looks_is_told_and_forgotten_when_killed(
        self, office: Office, road: Road, machines: str
    ) -> None:
        if machines == "one machine":
            pytest.skip("There one process does everything.")
        await office.connect()
        robin = await office.anne.find("robin")
        account_id = AccountId(office.account.id)
        settings = office.desk.settings
        async with open_desk(settings, office.clock) as other:
            told: asyncio.Queue[IdentityPresence] = asyncio.Queue()

            def hear(_account_id: AccountId, changed: Sequence[IdentityPresence]) -> None:
                for each in changed:
                    told.put_nowait(each)

            other.board.on_changed = hear
            await other.attendance.keep([(account_id, PersonId(robin["id"]))], ())
            await settle(office)
            async with asyncio.timeout(30):
                assert (await told.get()).presence.availability.value == "busy"
            await pass_time(office, 3)
            await set_in_teams(office, ROBIN, "Available")
            async with asyncio.timeout(30):
                while (await told.get()).presence.availability.value != "available":
                    pass
            assert len(await presence_subscriptions(office)) == 1
        # It ended without a word; what it had claimed lapses, and nobody looks any more.
        for _ in range(14):
            await pass_time(office, 60)
        assert await presence_subscriptions(office) == []
