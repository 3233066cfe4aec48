"""Every route against everybody who has no business there; a new route without a place here fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from deskbridge.accounts.model import License, Role
from deskbridge.api.desk import Desk
from deskbridge.api.schemas import schemas
from deskbridge.directory import matching_store
from deskbridge.directory.matching import Verdict
from deskbridge.directory.model import IdentityId
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]

OPEN = {
    "POST /api/v1/session",
    "POST /api/v1/password-link",
    "POST /api/v1/password-link/owner",
    "POST /api/v1/single-sign-on",
    "GET /api/v1/set-up",
    "POST /api/v1/set-up",
}
"""For everybody: this is where one signs in."""
OF_ONESELF = {
    "DELETE /api/v1/session",
    "GET /api/v1/workspace",
    "PUT /api/v1/me/status",
    "GET /api/v1/me/second-factor",
    "POST /api/v1/me/password",
    "GET /api/v1/me/sessions",
    "GET /api/v1/session/proof",
    "POST /api/v1/session/proof",
    "POST /api/v1/session/proof/single-sign-on",
    "POST /api/v1/me/sessions/end",
    "POST /api/v1/me/second-factor",
    "POST /api/v1/me/second-factor/confirm",
    "POST /api/v1/me/second-factor/remove",
    "POST /api/v1/teams/authenticate",
    "GET /api/v1/people",
    "GET /api/v1/presence",
    "GET /api/v1/messages/search",
}
"""Name nothing of anybody else's: there is only one's own."""
ABOUT_SOMETHING: dict[str, Any] = {
    "GET /api/v1/people/{person_id}": None,
    "POST /api/v1/conversations": {"person_id": "{person_id}"},
    "GET /api/v1/conversations/{conversation_id}": None,
    "GET /api/v1/conversations/{conversation_id}/export": None,
    "GET /api/v1/conversations/{conversation_id}/messages": None,
    "POST /api/v1/conversations/{conversation_id}/messages": {
        "client_id": "00000000-0000-4000-8000-000000000000",
        "text": "Hello",
    },
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/retry": None,
    "PATCH /api/v1/conversations/{conversation_id}/messages/{message_id}": {"text": "Hello"},
    "DELETE /api/v1/conversations/{conversation_id}/messages/{message_id}": None,
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/restore": None,
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/discard": None,
    "PUT /api/v1/conversations/{conversation_id}/messages/{message_id}/reaction": {"reaction": "👍"},
    "GET /api/v1/conversations/{conversation_id}/messages/{message_id}/images/{image_id}": None,
    "PUT /api/v1/conversations/{conversation_id}/images/{image_id}": None,
    "GET /api/v1/conversations/{conversation_id}/images/{image_id}": None,
    "PUT /api/v1/conversations/{conversation_id}/files/{file_id}": None,
    "DELETE /api/v1/conversations/{conversation_id}/files/{file_id}": None,
    "GET /api/v1/conversations/{conversation_id}/messages/{message_id}/files/{file_id}": None,
    "POST /api/v1/conversations/{conversation_id}/read": None,
    "POST /api/v1/admin/users/{user_id}/disconnect": None,
    "POST /api/v1/admin/users/{user_id}/suspend": None,
    "POST /api/v1/admin/users/{user_id}/resume": None,
    "POST /api/v1/admin/users/{user_id}/reset-password": None,
    "POST /api/v1/admin/users/{user_id}/sign-out": None,
    "POST /api/v1/admin/users/{user_id}/remove-second-factor": None,
    "PATCH /api/v1/admin/users/{user_id}": {"job_title": "Agent"},
    "DELETE /api/v1/admin/users/{user_id}": None,
    "POST /api/v1/admin/matches/{match_id}": {"groups": []},
    "POST /api/v1/admin/people/merge": {"person_ids": ["{person_id}", "{my_person_id}"]},
    "POST /api/v1/admin/people/{person_id}/split": {"identity_ids": ["{identity_id}"]},
    "DELETE /api/v1/admin/decisions/{one}/{other}": None,
    "GET /api/v1/admin/imports/{import_id}": None,
    "GET /api/v1/admin/imports/{import_id}/report": None,
}
"""With a body that would do: for people of another Account, and for those who take no part, it does not exist."""
ADMINS = {
    "GET /api/v1/admin/account",
    "PUT /api/v1/admin/account",
    "GET /api/v1/admin/microsoft",
    "PUT /api/v1/admin/microsoft",
    "GET /api/v1/admin/checks",
    "GET /api/v1/admin/users",
    "GET /api/v1/admin/users.csv",
    "GET /api/v1/admin/contacts.csv",
    "GET /api/v1/admin/connections.csv",
    "GET /api/v1/admin/licenses.csv",
    "GET /api/v1/admin/contact-policy.csv",
    "GET /api/v1/admin/matches.csv",
    "GET /api/v1/admin/decisions.csv",
    "GET /api/v1/admin/imports.csv",
    "GET /api/v1/admin/health.csv",
    "GET /api/v1/admin/licenses",
    "POST /api/v1/admin/users/{user_id}/remove-second-factor",
    "GET /api/v1/admin/single-sign-on",
    "PUT /api/v1/admin/single-sign-on",
    "DELETE /api/v1/admin/single-sign-on",
    "GET /api/v1/admin/audit",
    "GET /api/v1/admin/audit/proof",
    "GET /api/v1/admin/audit.csv",
    "POST /api/v1/admin/users",
    "POST /api/v1/admin/users/{user_id}/suspend",
    "POST /api/v1/admin/users/{user_id}/resume",
    "POST /api/v1/admin/users/{user_id}/reset-password",
    "POST /api/v1/admin/users/{user_id}/sign-out",
    "PATCH /api/v1/admin/users/{user_id}",
    "DELETE /api/v1/admin/users/{user_id}",
    "POST /api/v1/admin/users/{user_id}/disconnect",
    "GET /api/v1/admin/consent-link",
    "POST /api/v1/admin/imports",
    "GET /api/v1/admin/imports",
    "GET /api/v1/admin/imports/{import_id}",
    "GET /api/v1/admin/imports/{import_id}/report",
    "POST /api/v1/admin/imports/csv",
    "GET /api/v1/admin/imports/csv/template",
    "GET /api/v1/admin/imports/settings",
    "PUT /api/v1/admin/imports/settings",
    "GET /api/v1/admin/list-order",
    "PUT /api/v1/admin/list-order",
    "GET /api/v1/admin/agent-status-in-teams",
    "GET /api/v1/admin/matches",
    "GET /api/v1/admin/health",
    "GET /api/v1/admin/health/agents",
    "GET /api/v1/admin/decisions",
    "POST /api/v1/admin/matches/{match_id}",
    "POST /api/v1/admin/people/merge",
    "POST /api/v1/admin/people/{person_id}/split",
    "DELETE /api/v1/admin/decisions/{one}/{other}",
}


SUPERVISORS = {
    "GET /api/v1/record/conversations",
    "GET /api/v1/record/conversations/{conversation_id}/messages",
    "GET /api/v1/record/conversations/{conversation_id}/messages/{message_id}/images/{image_id}",
    "GET /api/v1/record/conversations/{conversation_id}/messages/{message_id}/files/{file_id}",
    "GET /api/v1/record/conversations/{conversation_id}/export",
}
"""The record is nobody else's, whatever else they may do."""


def routes() -> set[str]:
    """Every operation of the API."""
    paths = schemas()["openapi.json"]["paths"]
    return {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}


def test_every_route_has_its_place_among_these() -> None:
    assert routes() == OPEN | OF_ONESELF | set(ABOUT_SOMETHING) | ADMINS | SUPERVISORS


def _filled(value: Any, ids: dict[str, str]) -> Any:
    return [each.format(**ids) for each in value] if isinstance(value, list) else value.format(**ids)


async def answer(browser: Agent, route: str, ids: dict[str, str], body: Any = None) -> tuple[int, str]:
    """How that call is refused."""
    method, _, path = route.partition(" ")
    body = {name: _filled(value, ids) for name, value in body.items()} if body else None
    return await browser.refused(method, path.format(**ids).removeprefix("/api/v1"), json=body)


@pytest.fixture
async def ids(desk: Desk, browser_of: Browsers) -> dict[str, str]:
    """Something of everything, in the Account of Anne and Ben."""
    account = await make_account(desk)
    anne = await make_user(desk, account, role=Role.SUPERVISOR)
    await make_user(desk, account, "Ben Carter")
    await make_user(desk, account, "Cleo Curious", frozenset({License.WORK}), Role.NONE)
    other = await make_account(desk)
    await make_user(desk, other, "Mallory Else", role=Role.ADMIN)
    browser = browser_of()
    await browser.sign_in("anne")
    ben = await browser.find("ben")
    conversation = await browser.start(ben["id"])
    async with desk.db.transaction() as tx:
        dana = anne.model_copy(update={"id": "dana"})
        pair = frozenset(IdentityId(each["id"]) for each in ben["identities"]) | {IdentityId("left")}
        await matching_store.decide(tx.connection, account.id, {pair: Verdict.DIFFERENT}, dana.id, desk.clock())
    one, two = sorted(pair)
    image_id = str(uuid4())
    path = f"/api/v1/conversations/{conversation['id']}/images/{image_id}"
    assert (await browser.http.put(path, content=b"\xff\xd8\xff")).status_code == 201
    file_id = str(uuid4())
    path = f"/api/v1/conversations/{conversation['id']}/files/{file_id}"
    assert (await browser.http.put(path, content=b"words")).status_code == 201
    body = {"client_id": str(uuid4()), "text": "Hello", "files": [file_id]}
    message = await browser.call("POST", f"/conversations/{conversation['id']}/messages", json=body)
    async with desk.db.transaction() as tx:
        told = await desk.csv_importer.start(tx, account.id, b"username,name,email\n")
    return {
        "import_id": told.id,
        "match_id": one,
        "one": one,
        "other": two,
        "identity_id": ben["identities"][0]["id"],
        "my_person_id": (await browser.snapshot())["my_person_id"],
        "user_id": anne.id,
        "person_id": ben["id"],
        "conversation_id": conversation["id"],
        "message_id": message["id"],
        "image_id": image_id,
        "file_id": file_id,
    }


async def test_without_a_session_nothing_is_answered(desk: Desk, browser_of: Browsers, ids: dict[str, str]) -> None:
    nobody, guesser = browser_of(), browser_of()
    guesser.http.cookies.set("deskbridge", "guessed")
    for route in routes() - OPEN:
        for browser in (nobody, guesser):
            assert await answer(browser, route, ids, ABOUT_SOMETHING.get(route)) == (401, "not_signed_in"), route


async def test_to_people_of_another_account_nothing_of_ours_exists(
    desk: Desk, browser_of: Browsers, ids: dict[str, str]
) -> None:
    mallory = browser_of()
    await mallory.sign_in("mallory")

    for route, body in ABOUT_SOMETHING.items():
        assert await answer(mallory, route, ids, body) == (404, "not_found"), route
    assert (await mallory.snapshot())["conversations"] == []
    assert [each["user"]["username"] for each in (await mallory.call("GET", "/admin/users"))["users"]] == ["mallory"]


async def test_colleagues_who_take_no_part_see_nothing_of_a_conversation(
    desk: Desk, browser_of: Browsers, ids: dict[str, str]
) -> None:
    cleo = browser_of()
    await cleo.sign_in("cleo")

    for route, body in ABOUT_SOMETHING.items():
        if "{conversation_id}" in route:
            assert await answer(cleo, route, ids, body) == (404, "not_found"), route
    assert (await cleo.snapshot())["conversations"] == []


async def test_who_is_no_admin_administers_nothing(desk: Desk, browser_of: Browsers, ids: dict[str, str]) -> None:
    for name in ("anne", "ben", "cleo"):
        browser = browser_of()
        await browser.sign_in(name)
        for route in ADMINS:
            assert await answer(browser, route, ids) == (403, "forbidden"), (name, route)


async def test_who_is_no_supervisor_reads_no_record(desk: Desk, browser_of: Browsers, ids: dict[str, str]) -> None:
    for name in ("ben", "cleo", "mallory"):
        browser = browser_of()
        await browser.sign_in(name)
        for route in SUPERVISORS:
            assert await answer(browser, route, ids) == (403, "forbidden"), (name, route)


async def test_a_supervisor_of_another_account_finds_nothing_in_the_record(
    desk: Desk, browser_of: Browsers, ids: dict[str, str]
) -> None:
    await make_user(desk, await make_account(desk), "Sue Pervisor", role=Role.SUPERVISOR)
    sue = browser_of()
    await sue.sign_in("sue")

    assert (await sue.call("GET", "/record/conversations"))["conversations"] == []
    for route in SUPERVISORS - {"GET /api/v1/record/conversations"}:
        assert await answer(sue, route, ids) == (404, "not_found"), route


async def test_who_is_no_agent_starts_nothing_and_connects_nothing(
    desk: Desk, browser_of: Browsers, ids: dict[str, str]
) -> None:
    cleo = browser_of()
    await cleo.sign_in("cleo")

    assert await cleo.refused("POST", "/conversations", json={"person_id": ids["person_id"]}) == (403, "not_an_agent")
    assert (await cleo.refused("POST", "/teams/authenticate"))[0] == 403
