"""Inviting, changing, suspending and signing people out, and what the audit log says of it."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import websockets

from deskbridge.accounts.model import Account, Role
from deskbridge.api import exporting, list_rows
from deskbridge.api.desk import Desk
from deskbridge.audit.store import audit
from deskbridge.directory import import_store, matching_store
from deskbridge.directory import service as directory
from deskbridge.directory.import_store import ImportRow
from deskbridge.directory.imports import ImportKind, ImportState
from deskbridge.directory.matching import Verdict
from deskbridge.directory.model import IdentityId, Platform
from deskbridge.directory.service import Details
from deskbridge.realtime.socket import SIGNED_OUT
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]
INVITED = {
    "username": "eve",
    "display_name": "Eve Adams",
    "email": "eve@contoso.example",
    "role": "agent",
    "licenses": ["contact_center"],
}


@pytest.fixture
async def account(desk: Desk) -> Account:
    """Dana administers it, Anne works in it."""
    account = await make_account(desk)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    await make_user(desk, account, "Anne Baker")
    return account


@pytest.fixture
async def dana(account: Account, browser_of: Browsers) -> Agent:
    """At her browser."""
    dana = browser_of()
    await dana.sign_in("dana")
    return dana


async def find(dana: Agent, username: str) -> Any:
    """As the admin's list has them."""
    return next(
        each for each in (await dana.call("GET", "/admin/users"))["users"] if each["user"]["username"] == username
    )


async def actions(dana: Agent) -> list[tuple[str, str, str | None]]:
    """Who did what to whom, oldest first."""
    page = await dana.call("GET", "/admin/audit", params={"limit": 200})
    return [(each["who"], each["action"], each["whom"]) for each in reversed(page["entries"])]


async def test_invited_by_a_link_that_works_once_and_from_then_on_at_work(
    desk: Desk, dana: Agent, browser_of: Browsers
) -> None:
    made = await dana.call("POST", "/admin/users", json=INVITED)
    secret = made["address"].partition("#")[2]
    eve = browser_of()
    assert await eve.refused("POST", "/session", json={"username": "eve", "password": "correct horse"}) == (
        401,
        "wrong_password",
    )
    owner = await eve.call("POST", "/password-link/owner", json={"secret": secret})
    assert owner == {"username": "eve", "display_name": "Eve Adams"}
    short = {"secret": secret, "password": "short"}
    assert await eve.refused("POST", "/password-link", json=short) == (422, "invalid")
    await eve.call("POST", "/password-link", json={"secret": secret, "password": "battery staple"})
    assert await eve.refused("POST", "/password-link", json={"secret": secret, "password": "another one"}) == (
        404,
        "link_spent",
    )
    await eve.sign_in("eve", "battery staple")
    assert (await eve.find("anne"))["display_name"] == "Anne Baker"
    assert (await actions(dana))[1:] == [
        ("dana", "user_invited", "eve"),
        ("somebody", "sign_in_failed", "eve"),
        ("eve", "password_set", "eve"),
        ("eve", "signed_in", None),
    ]


async def test_changed_licenses_and_role_show_everywhere(desk: Desk, dana: Agent, browser_of: Browsers) -> None:
    anne = await find(dana, "anne")
    browser = browser_of()
    await browser.sign_in("anne")
    async with browser.live() as feed:
        path = f"/admin/users/{anne['user']['id']}"
        await dana.call("PATCH", path, json={"licenses": ["work"], "role": "none", "display_name": "Anne Baker-Cole"})
        told = await feed.until(lambda f: (f.get("event") or {}).get("type") == "me_changed")
    assert (told["event"]["me"]["role"], told["event"]["me"]["licenses"]) == ("none", ["work"])
    found = await dana.find("cole")
    assert [each["platform"] for each in found["identities"]] == ["work"]
    counts = await dana.call("GET", "/admin/licenses")
    assert counts == {"users": 2, "suspended": 0, "contact_center": 1, "work": 1, "connected": 0} | {
        "without_second_factor": 2
    }


async def test_suspended_means_out_at_once_and_resumed_means_in_again(
    desk: Desk, dana: Agent, browser_of: Browsers
) -> None:
    anne = browser_of()
    await anne.sign_in("anne")
    path = f"/admin/users/{(await find(dana, 'anne'))['user']['id']}"
    async with anne.live() as feed:
        await feed.until(lambda frame: frame["type"] == "welcome")
        await dana.call("POST", f"{path}/suspend")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await feed.until(lambda _: False)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SIGNED_OUT
    assert await anne.refused("GET", "/workspace") == (401, "not_signed_in")
    assert await anne.refused("POST", "/session", json={"username": "anne", "password": "correct horse"}) == (
        401,
        "wrong_password",
    )
    await dana.call("POST", f"{path}/resume")
    await anne.sign_in("anne")
    assert [each[1] for each in await actions(dana) if each[2] == "anne"] == [
        "user_suspended",
        "sign_in_failed",
        "user_resumed",
    ]


async def test_a_reset_password_is_void_at_once(desk: Desk, dana: Agent, browser_of: Browsers) -> None:
    anne = browser_of()
    await anne.sign_in("anne")
    path = f"/admin/users/{(await find(dana, 'anne'))['user']['id']}"
    made = await dana.call("POST", f"{path}/reset-password")
    assert await anne.refused("GET", "/workspace") == (401, "not_signed_in")
    again = await dana.call("POST", f"{path}/reset-password")
    body = {"secret": made["address"].partition("#")[2], "password": "battery staple"}
    assert await anne.refused("POST", "/password-link", json=body) == (404, "link_spent")
    body["secret"] = again["address"].partition("#")[2]
    await anne.call("POST", "/password-link", json=body)
    await anne.sign_in("anne", "battery staple")


async def test_somebody_is_always_left_who_can_administer(desk: Desk, dana: Agent) -> None:
    path = f"/admin/users/{(await find(dana, 'dana'))['user']['id']}"
    assert await dana.refused("POST", f"{path}/suspend") == (409, "last_admin")
    assert await dana.refused("PATCH", path, json={"role": "agent"}) == (409, "last_admin")
    await dana.call("POST", "/admin/users", json={**INVITED, "role": "admin"})
    await dana.call("PATCH", path, json={"role": "agent"})
    assert await dana.refused("GET", "/admin/users") == (403, "forbidden")


async def test_lists_can_be_exported_and_nothing_in_them_is_a_formula(desk: Desk, dana: Agent) -> None:
    await dana.call("POST", "/admin/users", json={**INVITED, "display_name": "=cmd()"})
    answer = await dana.http.get("/api/v1/admin/users.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["username"] for row in rows} == {"anne", "dana", "eve"}
    assert "'=cmd()" in {row["name"] for row in rows}
    assert (await actions(dana))[-1][:2] == ("dana", "exported")


async def test_every_list_can_be_exported(desk: Desk, dana: Agent) -> None:
    async def rows(name: str) -> list[dict[str, str]]:
        answer = await dana.http.get(f"/api/v1/admin/{name}.csv")
        assert answer.is_success, answer.text
        return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    account = (await dana.call("PUT", "/admin/account", json={"teams_chat_enabled": True}))["id"]
    for number in range(210):
        details = Details(Platform.WORK, f"+{number} Work", f"w{number}@contoso.example", frozenset(), None, None)
        async with desk.db.transaction() as tx:
            await directory.put_identity(tx, account, None, details, desk.clock())
    contacts = await rows("contacts")
    assert len({each["address"] for each in contacts if each["platform"] == "work"}) == 210
    assert all(each["name"].startswith("'+") for each in contacts if each["platform"] == "work")
    assert "anne@contoso.example" in {each["address"] for each in contacts}
    (anne,) = [each for each in await rows("connections") if each["username"] == "anne"]
    assert (anne["state"], anne["connected_since"]) == ("not_connected", "")
    told = {(each["what"], each["name"]): each["value"] for each in await rows("health")}
    assert told["queue", "outbox"] == "0"
    assert await rows("matches") == []
    assert await rows("imports") == []
    assert {each["what"]: each["count"] for each in await rows("licenses")}["contact_center"] == "2"
    assert [tuple(each.values()) for each in await rows("contact-policy")] == [("domain", "all"), ("guests", "yes")]
    assert [each["action"] for each in await rows("audit")][-8:] == ["exported"] * 8


async def test_users_are_found_a_page_at_a_time_by_name(desk: Desk, dana: Agent) -> None:
    for name in ("Zoë", "élan", "Edgar_2"):
        asked = {"username": name, "display_name": name, "email": f"{name[0]}.x@contoso.example"}
        await dana.call("POST", "/admin/users", json=asked)

    async def listed(**params: Any) -> list[str]:
        return [each["user"]["username"] for each in (await dana.call("GET", "/admin/users", params=params))["users"]]

    whole, after = list[str](), None
    while whole == [] or after is not None:
        page = await dana.call("GET", "/admin/users", params={"limit": 2} | ({"after": after} if after else {}))
        assert (len(page["users"]) <= 2, page["total"]) == (True, 5)
        whole += [each["user"]["username"] for each in page["users"]]
        after = page["next"]
    assert whole == await listed() == ["anne", "dana", "Edgar_2", "élan", "Zoë"]
    assert await listed(search="ZOE") == await listed(search="z.X@") == ["Zoë"]
    assert await listed(search="_") == ["Edgar_2"]
    assert await listed(search="nobody") == []
    for wrong in ("x", "W10", "WyJcdTAwMDAiLCJhIl0"):
        assert await dana.refused("GET", "/admin/users", params={"after": wrong}) == (400, "bad_cursor")


async def test_lists_longer_than_a_page_are_whole(desk: Desk, dana: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_rows, "PAGE", 2)
    account = (await dana.call("PUT", "/admin/account", json={"teams_chat_enabled": True}))["id"]
    for name in ("Eve", "Fay", "Gus"):
        asked = {"username": name, "display_name": name, "email": f"{name}@contoso.example"}
        await dana.call("POST", "/admin/users", json=asked | {"licenses": ["contact_center"]})
    told = {
        IdentityId(f"{letter}-{number}"): Details(Platform.WORK, letter, None, frozenset(), None, None)
        for number, letter in enumerate("abcd")
    }
    noon, kind = desk.clock(), (ImportKind.TEAMS, ImportState.DONE)
    async with desk.db.transaction() as tx:
        await directory.put_identities(tx, account, told)
        apart = {frozenset(pair): Verdict.DIFFERENT for pair in itertools.pairwise(told)}
        await matching_store.decide(tx.connection, account, apart, None, desk.clock())
        for number in range(5):  # Three of them began in the same moment.
            began = noon - timedelta(minutes=max(0, number - 2))
            row = ImportRow(f"i{number}", account, *kind, is_full=False, is_scheduled=False, started_at=began)
            await import_store.insert_import(tx.connection, row)

    async def column(name: str, head: str) -> list[str]:
        text = (await dana.http.get(f"/api/v1/admin/{name}.csv")).text.removeprefix("\ufeff")
        return [each[head] for each in csv.DictReader(io.StringIO(text))]

    assert await column("users", "username") == ["anne", "dana", "Eve", "Fay", "Gus"]
    assert await column("connections", "username") == ["anne", "dana", "Eve", "Fay", "Gus"]
    assert sorted(await column("decisions", "one")) == sorted(told)[:3]
    assert await column("imports", "id") == ["i0", "i1", "i2", "i3", "i4"]


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_what_a_spreadsheet_would_calculate_is_text(cell: str) -> None:
    (row,) = csv.reader(io.StringIO(exporting.line([cell]), newline=""))
    assert row == [f"'{cell}"]


async def test_the_audit_log_proves_that_it_is_whole(desk: Desk, dana: Agent) -> None:
    await dana.call("POST", "/admin/users", json=INVITED)
    proof = await dana.call("GET", "/admin/audit/proof")
    assert (proof["entries"], proof["wrong_at"]) == (2, None)
    text = (await dana.http.get("/api/v1/admin/audit.csv")).text
    assert "user_invited" in text
    assert "127.0.0.1" in text

    async with desk.db.transaction() as tx:
        await tx.connection.execute(sa.update(audit).where(audit.c.number == 1).values(who="mallory"))
    assert (await dana.call("GET", "/admin/audit/proof"))["wrong_at"] == 1
