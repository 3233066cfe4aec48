"""Connecting a Microsoft account and losing it again, at a real sign-in page (rules C1 to C9)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from deskbridge.teams.reasons import Reason, sentence
from support.agents import Agent, sign_in_at_microsoft
from support.builders import make_user
from teams.office import ANNE, ROBIN, Office
from teams.road import Road


async def failed_with(office: Office, reason: Reason, page: Any) -> None:
    """The page and the workspace both say which it was; nothing half-connected stays."""
    assert page.status_code in {409, 503}
    words = sentence(reason).split(".", maxsplit=1)[0]
    assert words in page.text
    connection = await office.connection()
    assert (connection["state"], connection["reason"]) == ("not_connected", reason.value)
    assert connection["remedy"] == sentence(reason)
    assert (await office.sim.get("/subscriptions"))["value"] == []


class TestConnecting:
    """C2 to C4."""

    async def test_the_workspace_and_the_page_both_say_that_it_worked(self, office: Office) -> None:
        assert (await office.connection())["state"] == "not_connected"
        async with office.anne.live() as feed:
            page = await office.connect()
            told = await feed.until(lambda f: (f.get("event") or {}).get("type") == "connection_changed")
        assert "is connected" in page.text
        assert told["event"]["connection"]["microsoft_username"] == ANNE
        connection = await office.connection()
        assert (connection["state"], connection["microsoft_name"]) == ("connected", "Anne Baker")

    async def test_one_subscription_is_made_and_it_is_encrypted_and_has_a_lifecycle(self, office: Office) -> None:
        await office.connect()
        (made,) = (await office.sim.get("/subscriptions"))["value"]
        assert made["resource"].endswith("/chats/getAllMessages")
        assert made["includeResourceData"] is True
        assert made["lifecycleNotificationUrl"].endswith("/api/v1/webhooks/graph/lifecycle")

    async def test_neither_tokens_nor_keys_can_be_read_in_the_database(
        self, office: Office, road: Road, machines: str
    ) -> None:
        if machines != "one machine":
            pytest.skip("reads the file")
        await office.connect()
        path = office.desk.settings.resolved_database_url.removeprefix("sqlite:///")
        connection = sqlite3.connect(path)
        rows = [
            *connection.execute("select * from teams_connections"),
            *connection.execute("select * from teams_certificates"),
        ]
        connection.close()
        stored = repr(rows)
        # A certificate is public, and three signs of a token's beginning are in one of a hundred by chance.
        for forbidden in ("RefreshToken", "access_token", "secret", "PRIVATE KEY", r"eyJ[\w-]+\.[\w-]+"):
            assert not re.search(forbidden, stored)

    async def test_off_means_off(self, office: Office) -> None:
        dana = Agent(office.anne.base)
        await dana.sign_in("dana")
        await dana.call("PUT", "/admin/account", json={"teams_chat_enabled": False})
        assert (await office.connection())["state"] == "off"
        assert await office.anne.refused("POST", "/teams/authenticate") == (403, "teams_chat_off")
        await dana.http.aclose()


class TestFailing:
    """C6: which it was, and what to do."""

    async def sign_in_page(self, office: Office) -> Any:
        url = (await office.anne.call("POST", "/teams/authenticate"))["authorization_url"]
        return await office.anne.http.get(url, follow_redirects=True)

    async def test_cancelled(self, office: Office) -> None:
        page = await self.sign_in_page(office)
        cancel = re.search(r'href="([^"]+)">Cancel', page.text)
        assert cancel
        address = str(page.url.join(cancel[1].replace("&amp;", "&")))
        await failed_with(office, Reason.CANCELLED, await office.anne.http.get(address, follow_redirects=True))

    async def test_without_a_teams_license(self, office: Office) -> None:
        await failed_with(office, Reason.NO_LICENSE, await office.connect("lee@contoso.example"))

    async def test_the_answer_cannot_be_used_twice(self, office: Office) -> None:
        page = await office.connect()
        again = await office.anne.http.get(str(page.url))
        assert again.status_code == 409
        assert sentence(Reason.SIGN_IN_STALE) in again.text
        assert (await office.connection())["state"] == "connected"

    async def test_an_answer_that_comes_too_late_is_not_used(self, office: Office) -> None:
        url = (await office.anne.call("POST", "/teams/authenticate"))["authorization_url"]
        office.clock.move(minutes=16)
        page = await sign_in_at_microsoft(office.anne.http, url, ANNE, "Teams-demo-1")
        assert sentence(Reason.SIGN_IN_STALE) in page.text

    async def test_a_sign_in_finished_in_another_browser_connects_nobody(
        self, office: Office, browser_of: Callable[[], Agent]
    ) -> None:
        url = (await office.anne.call("POST", "/teams/authenticate"))["authorization_url"]
        other = browser_of()
        page = await sign_in_at_microsoft(other.http, url, ROBIN, "Teams-demo-1")
        assert page.status_code == 409
        assert (await office.connection())["state"] == "not_connected"

        # Not even where the same user is signed in: whoever sent the address there could be anybody.
        url = (await office.anne.call("POST", "/teams/authenticate"))["authorization_url"]
        await other.sign_in("anne")
        page = await sign_in_at_microsoft(other.http, url, ROBIN, "Teams-demo-1")
        assert sentence(Reason.OTHER_BROWSER) in page.text
        assert (await office.connection())["state"] == "not_connected"

    async def test_a_sign_in_that_is_under_way_outlasts_a_proof_in_the_same_session(self, office: Office) -> None:
        url = (await office.anne.call("POST", "/teams/authenticate"))["authorization_url"]
        before = dict(office.anne.http.cookies)
        await office.anne.call("POST", "/session/proof", json={"password": "correct horse"})
        assert dict(office.anne.http.cookies) != before
        page = await sign_in_at_microsoft(office.anne.http, url, ANNE, "Teams-demo-1")
        assert "is connected" in page.text

    async def test_a_sign_in_ends_with_the_session_that_began_it(self, office: Office) -> None:
        url = (await office.anne.call("POST", "/teams/authenticate"))["authorization_url"]
        await office.anne.call("DELETE", "/session")
        await office.anne.sign_in("anne")
        page = await sign_in_at_microsoft(office.anne.http, url, ANNE, "Teams-demo-1")
        assert sentence(Reason.OTHER_BROWSER) in page.text
        assert (await office.connection())["state"] == "not_connected"

    async def test_a_forged_state_is_refused(self, office: Office) -> None:
        forged = await office.anne.http.get("/api/v1/teams/callback", params={"code": "x", "state": "forged"})
        assert sentence(Reason.SIGN_IN_STALE) in forged.text

    async def test_what_comes_back_must_answer_what_was_asked(self, office: Office) -> None:
        url = (await office.anne.call("POST", "/teams/authenticate"))["authorization_url"]
        state = parse_qs(urlsplit(url).query)["state"][0]
        page = await office.anne.http.get("/api/v1/teams/callback", params={"code": "forged", "state": state})
        await failed_with(office, Reason.SIGN_IN_STALE, page)

    async def test_graph_away_at_the_last_step(self, office: Office, road: Road) -> None:
        road.plan("GET", "/me", "503", times=5)
        await failed_with(office, Reason.MICROSOFT_UNAVAILABLE, await office.connect())
        road.accidents.clear()
        assert "is connected" in (await office.connect()).text


class TestOneToOne:
    """C8, C9."""

    async def test_one_microsoft_user_belongs_to_one_user(
        self, office: Office, browser_of: Callable[[], Agent]
    ) -> None:
        await office.connect()
        await make_user(office.desk, office.account, "Taylor Quinn")
        taylor = browser_of()
        await taylor.sign_in("taylor")
        page = await taylor.connect_teams(ANNE)
        assert page.status_code == 409
        assert (await taylor.snapshot())["connection"]["reason"] == Reason.TAKEN.value

    async def test_only_an_admin_makes_another_microsoft_user_possible(self, office: Office) -> None:
        await office.connect()
        assert await office.anne.refused("POST", "/teams/authenticate") == (409, "already_connected")

        dana = Agent(office.anne.base)
        await dana.sign_in("dana")
        await dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
        await dana.http.aclose()
        assert (await office.connection())["state"] == "not_connected"
        assert (await office.sim.get("/subscriptions"))["value"] == []

        await office.connect("taylor@contoso.example")
        assert (await office.connection())["microsoft_username"] == "taylor@contoso.example"


class TestLosing:
    """C7: noticed, told with the remedy, messages wait, signing in again resumes."""

    async def test_revoked_then_signed_in_again(self, office: Office) -> None:
        await office.said_and_answered()
        await office.sim.post(f"/users/{ANNE}/revoke-sessions")
        # Nobody can renew it without a token.
        office.excused.add("missed-renewal")
        await office.pass_time(3700)
        sent = await office.write("Waiting")
        await office.work()
        connection = await office.connection()
        assert (connection["state"], connection["reason"]) == ("lost", Reason.REVOKED.value)
        waiting = await office.delivery(sent)
        assert waiting["state"] == "queued"
        assert "Sign in to Microsoft Teams again" in waiting["reason"]
        # By Microsoft's clock, which goes on by itself, that is later than by hers, which stands a second ahead.
        await office.pass_time(2)
        await office.in_teams(ROBIN, "Are you there?")
        await office.work()

        await office.connect()
        await office.pass_time(2)
        assert (await office.connection())["state"] == "connected"
        assert (await office.delivery(sent))["state"] == "sent"
        assert await office.texts_here() == ["Hello Robin", "Waiting", "Are you there?"]

    async def test_signing_in_again_as_somebody_else_is_refused(self, office: Office) -> None:
        await office.said_and_answered()
        await office.sim.post(f"/users/{ANNE}/revoke-sessions")
        # Nobody can renew it without a token.
        office.excused.add("missed-renewal")
        await office.pass_time(3700)
        assert (await office.connection())["state"] == "lost"
        url = (await office.anne.call("POST", "/teams/authenticate"))["authorization_url"]
        page = await sign_in_at_microsoft(office.anne.http, url, ROBIN, "Teams-demo-1")
        assert sentence(Reason.OTHER_MICROSOFT_USER).split(".", maxsplit=1)[0] in page.text
        assert (await office.connection())["state"] == "lost"

    async def test_the_license_is_taken_away(self, office: Office) -> None:
        await office.said_and_answered()
        await office.sim.client.patch(f"/users/{ANNE}", json={"skus": []})
        await office.pass_time(2)
        sent = await office.write("Waiting")
        await office.work()
        assert (await office.connection())["reason"] == Reason.NO_LICENSE.value
        assert (await office.delivery(sent))["state"] == "queued"
