"""Somebody leaves for good: what goes, what stays, who is told, and what an admin cannot do (decision 0033)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import websockets
from sqlalchemy import select

from deskbridge.accounts.factor_store import recovery_codes, second_factors
from deskbridge.accounts.link_store import password_links
from deskbridge.accounts.model import Account, License, Role, User
from deskbridge.accounts.session_store import sessions
from deskbridge.api.desk import Desk
from deskbridge.audit import service as audit
from deskbridge.conversations.file_tables import files, parts
from deskbridge.realtime.socket import SIGNED_OUT
from support.agents import Agent
from support.builders import make_account, make_user
from support.pixel import PIXEL

Browsers = Callable[[], Agent]
AGAIN = {
    "username": "anne",
    "display_name": "Anne Baker",
    "email": "anne@contoso.example",
    "licenses": ["contact_center"],
}


@dataclass
class Team:
    """Dana administers; Anne and Ben are agents and have talked."""

    desk: Desk
    account: Account
    users: dict[str, User]
    dana: Agent
    anne: Agent
    ben: Agent
    new_browser: Browsers
    talk: str

    async def delete(self, who: str, **asked: Any) -> None:
        """Dana deletes somebody."""
        await self.dana.call("DELETE", f"/admin/users/{self.users[who].id}", params=asked)

    async def listed(self) -> list[str]:
        """Who is on the Users page."""
        return [each["user"]["username"] for each in (await self.dana.call("GET", "/admin/users"))["users"]]

    async def authors(self) -> list[str]:
        """Of the messages that Ben sees."""
        return [each["author"]["display_name"] for each in await self.ben.messages(self.talk)]


@pytest.fixture
async def team(desk: Desk, browser_of: Browsers) -> Team:
    account = await make_account(desk)
    both = frozenset({License.CONTACT_CENTER, License.WORK})
    users = {
        "dana": await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN, licenses=frozenset()),
        "anne": await make_user(desk, account, "Anne Baker", role=Role.ADMIN, licenses=both),
        "ben": await make_user(desk, account, "Ben Okafor"),
    }
    browsers = {name: browser_of() for name in users}
    for name, browser in browsers.items():
        await browser.sign_in(name)
    ben = browsers["ben"]
    talk = str((await ben.start((await ben.find("anne"))["id"]))["id"])
    await ben.send(talk, "Hello Anne")
    said = await browsers["anne"].send(talk, "Hello Ben")
    await ben.call("PUT", f"/conversations/{talk}/messages/{said['id']}/reaction", json={"reaction": "👍"})
    await browsers["anne"].call(
        "PUT",
        f"/conversations/{talk}/messages/{(await ben.messages(talk))[0]['id']}/reaction",
        json={"reaction": "👍"},
    )
    return Team(desk, account, users, browsers["dana"], browsers["anne"], ben, browser_of, talk)


async def rows_of(team: Team, who: str) -> int:
    """What still lets somebody in as them."""
    found = 0
    async with team.desk.db.read() as connection:
        for table in (sessions, password_links, second_factors, recovery_codes):
            query = select(table.c.user_id).where(table.c.user_id == team.users[who].id)
            found += len((await connection.execute(query)).all())
    return found


async def test_they_are_out_at_once_and_nothing_lets_anybody_in_as_them(team: Team) -> None:
    await team.dana.call("POST", f"/admin/users/{team.users['anne'].id}/reset-password")
    anne = team.new_browser()
    await team.anne.refused("GET", "/workspace")
    assert await rows_of(team, "anne") == 1
    await team.delete("anne")

    assert await rows_of(team, "anne") == 0
    refused = await anne.refused("POST", "/session", json={"username": "anne", "password": "correct horse"})
    assert refused == (401, "wrong_password")
    assert sorted(await team.listed()) == ["ben", "dana"]
    counted = await team.dana.call("GET", "/admin/licenses")
    assert (counted["users"], counted["contact_center"], counted["work"]) == (2, 1, 0)
    for method, path in (("PATCH", ""), ("DELETE", ""), ("POST", "/resume"), ("POST", "/reset-password")):
        asked = {"json": {}} if method == "PATCH" else {}
        where = f"/admin/users/{team.users['anne'].id}{path}"
        assert (await team.dana.refused(method, where, **asked))[0] == 404


async def test_an_open_workspace_of_theirs_closes(team: Team) -> None:
    async with team.anne.live() as feed:
        await team.delete("anne")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await feed.until(lambda _: False)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SIGNED_OUT


async def test_what_was_said_stays_and_others_see_that_they_left(team: Team) -> None:
    async with team.ben.live() as feed:
        await team.delete("anne")
        told = await feed.until(lambda frame: (frame.get("event") or {}).get("type") == "conversation_changed")
    shown = told["event"]["conversation"]
    assert (shown["person"]["display_name"], shown["person"]["identities"], shown["reaches"]) == ("Anne Baker", [], [])
    assert set(await team.authors()) == {"Ben Okafor", "Anne Baker"}
    assert (await team.ben.call("GET", "/people", params={"q": "anne"}))["total"] == 0
    body = {"client_id": "2f4e6a70-0000-4000-8000-000000000001", "text": "Are you there?"}
    where = f"/conversations/{team.talk}/messages"
    assert await team.ben.refused("POST", where, json=body) == (409, "cannot_reach")


async def test_the_record_names_them_no_more_where_the_name_is_erased(team: Team) -> None:
    before = len(await team.authors())
    await team.delete("anne", erase_name="true")

    assert len(await team.authors()) == before
    assert "Anne Baker" not in await team.authors()
    assert "Former user" in await team.authors()
    said = await team.ben.messages(team.talk)
    assert "Anne" not in str([each["author"] for each in said] + [each["reactions"] for each in said])
    assert "Hello Ben" in [each["text"] for each in said]
    snapshot = await team.ben.snapshot()
    assert [each["person"]["display_name"] for each in snapshot["conversations"]] == ["Former user"]
    # The audit log is only ever added to: it goes on naming them, and its chain holds.
    entries = (await team.dana.call("GET", "/admin/audit"))["entries"]
    assert (entries[0]["action"], entries[0]["whom"]) == ("user_deleted", "anne")
    assert entries[0]["detail"] == {"name_erased": "yes"}
    assert (await audit.verify(team.desk.db, team.account.id))[2] is None


async def test_every_workspace_that_shows_an_erased_name_fetches_all_again(team: Team) -> None:
    """Whoever is connected, and whoever comes back: no event could tell all that is different."""
    before = (await team.ben.snapshot())["version"]
    async with team.ben.live() as one, team.ben.live() as other, team.dana.live() as apart:
        for feed in (one, other, apart):
            await feed.until(lambda frame: frame["type"] == "welcome")
        await team.delete("anne", erase_name="true")
        for feed in (one, other):
            await feed.until(lambda frame: frame["type"] == "resync")
        # Who never chatted with them hears that Contacts are different, and goes on.
        await apart.until(lambda frame: frame["type"] == "directory_changed")
        assert "resync" not in {frame["type"] for frame in apart.seen}
    async with team.ben.live(before) as late:
        assert (await late.until(lambda frame: frame["type"] in {"welcome", "resync"}))["type"] == "resync"
    fresh = await team.ben.snapshot()
    assert "Anne Baker" not in str([fresh, await team.ben.messages(team.talk)])
    async with team.ben.live(fresh["version"]) as back:
        assert (await back.until(lambda frame: frame["type"] in {"welcome", "resync"}))["type"] == "welcome"


async def test_so_they_do_where_nothing_else_of_them_is_told(team: Team) -> None:
    """Without a license they are nobody in Contacts any more, and no conversation changes."""
    await team.dana.call("PATCH", f"/admin/users/{team.users['anne'].id}", json={"licenses": []})
    async with team.ben.live() as feed:
        await feed.until(lambda frame: frame["type"] == "welcome")
        await team.delete("anne", erase_name="true")
        await feed.until(lambda frame: frame["type"] == "resync")
    assert [each["person"]["display_name"] for each in (await team.ben.snapshot())["conversations"]] == ["Former user"]


async def test_their_name_and_address_can_be_invited_again_as_somebody_new(team: Team) -> None:
    await team.delete("anne")
    made = await team.dana.call("POST", "/admin/users", json=AGAIN)
    assert made["user"]["id"] != team.users["anne"].id
    anne = team.new_browser()
    given = {"secret": made["address"].partition("#")[2], "password": "another horse altogether"}
    await anne.call("POST", "/password-link", json=given)
    await anne.sign_in("anne", "another horse altogether")
    assert (await anne.snapshot())["conversations"] == []
    new = await team.ben.start((await team.ben.find("anne"))["id"])
    assert new["id"] != team.talk
    await team.ben.send(new["id"], "Welcome back")
    assert [each["text"] for each in await anne.messages(new["id"])] == ["Welcome back"]


async def test_what_they_gave_and_did_not_send_is_erased(team: Team) -> None:
    where = f"/conversations/{team.talk}/images/2f4e6a70-0000-4000-8000-000000000002"
    await team.anne.call("PUT", where, content=PIXEL, headers={"Content-Type": "image/png"})
    await team.delete("anne")
    async with team.desk.db.read() as connection:
        assert (await connection.execute(select(files.c.id))).all() == []
        assert (await connection.execute(select(parts.c.file_id))).all() == []


async def test_nobody_deletes_themselves_or_the_last_admin(team: Team) -> None:
    assert await team.dana.refused("DELETE", f"/admin/users/{team.users['dana'].id}") == (409, "own_user")
    await team.delete("anne")
    # Deleted admins do not count as those who are left.
    refused = await team.dana.refused("POST", f"/admin/users/{team.users['dana'].id}/suspend")
    assert refused == (409, "last_admin")


async def test_one_who_does_not_prove_again_who_they_are_deletes_nobody(team: Team) -> None:
    assert (await team.ben.refused("DELETE", f"/admin/users/{team.users['anne'].id}"))[0] == 403
