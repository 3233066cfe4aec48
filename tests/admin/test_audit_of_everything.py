"""Whatever is changed for others is in the audit log: every route that changes something is called here once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from deskbridge.api.schemas import schemas
from deskbridge.directory.model import IdentityId, Platform
from deskbridge.directory.service import Details, put_identities
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]

_CONVERSATION = "part of a conversation, which is its own record"
NOT_RECORDED: Final = {
    "POST /api/v1/conversations": _CONVERSATION,
    "POST /api/v1/conversations/{conversation_id}/messages": _CONVERSATION,
    "PATCH /api/v1/conversations/{conversation_id}/messages/{message_id}": _CONVERSATION,
    "DELETE /api/v1/conversations/{conversation_id}/messages/{message_id}": _CONVERSATION,
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/restore": _CONVERSATION,
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/discard": _CONVERSATION,
    "POST /api/v1/conversations/{conversation_id}/messages/{message_id}/retry": _CONVERSATION,
    "PUT /api/v1/conversations/{conversation_id}/messages/{message_id}/reaction": _CONVERSATION,
    "PUT /api/v1/conversations/{conversation_id}/images/{image_id}": _CONVERSATION,
    "PUT /api/v1/conversations/{conversation_id}/files/{file_id}": _CONVERSATION,
    "DELETE /api/v1/conversations/{conversation_id}/files/{file_id}": _CONVERSATION,
    "POST /api/v1/conversations/{conversation_id}/read": _CONVERSATION,
    "PUT /api/v1/me/status": "a Status changes all day long, and is everybody's own",
    "POST /api/v1/me/second-factor": "counts only once it is confirmed",
    "POST /api/v1/me/second-factor/confirm": "in tests/admin/test_second_factor.py, which knows the codes",
    "POST /api/v1/me/second-factor/remove": "in tests/admin/test_second_factor.py, which knows the codes",
    "POST /api/v1/me/password": "in tests/accounts/test_own_sign_in.py, which knows what it ends",
    "POST /api/v1/me/sessions/end": "in tests/accounts/test_own_sign_in.py, which knows what it ends",
    "POST /api/v1/teams/authenticate": "only leads to Microsoft's page; connecting is recorded when it is done",
    "POST /api/v1/single-sign-on": "only leads to the provider's page; signing in is recorded when it is done",
    "POST /api/v1/password-link/owner": "only reads; the secret is not to be in an address",
    "POST /api/v1/session/proof/single-sign-on": "leads to the provider; what comes back is recorded",
    "PUT /api/v1/admin/single-sign-on": "in tests/admin/test_single_sign_on.py, which has a provider",
    "POST /api/v1/set-up": "in tests/admin/test_first_run.py: here is an organisation already",
}

CALLS: Final[list[tuple[str, Any, str]]] = [
    ("PUT /api/v1/admin/microsoft", {"tenant_id": "99999999-8888-7777-6666-555555555555"}, "tenant_changed"),
    ("PUT /api/v1/admin/account", {"teams_chat_enabled": True}, "teams_chat_switched"),
    ("PUT /api/v1/admin/account", {"agent_status_in_teams": True}, "agent_status_in_teams_switched"),
    ("PUT /api/v1/admin/account", {"files_to_teams": True}, "files_to_teams_switched"),
    ("PUT /api/v1/admin/list-order", {"locale": "sv"}, "list_order_changed"),
    ("PUT /api/v1/admin/account", {"contact_policy": {"domains": ["contoso.example"]}}, "contact_policy_changed"),
    ("PUT /api/v1/admin/imports/settings", {"guests": False}, "import_settings_changed"),
    ("POST /api/v1/admin/imports", None, "import_started"),
    ("POST /api/v1/admin/imports/csv", b"username,name,email\nzoe,Zoe,zoe@contoso.example\n", "import_started"),
    ("POST /api/v1/session/proof", {"password": "correct horse"}, "proved_again"),
    ("PATCH /api/v1/admin/users/{user_id}", {"job_title": "Lead"}, "user_changed"),
    ("POST /api/v1/admin/users", {"username": "x", "display_name": "X", "email": "x@x.example"}, "user_invited"),
    ("POST /api/v1/admin/users/{user_id}/suspend", None, "user_suspended"),
    ("POST /api/v1/admin/users/{user_id}/resume", None, "user_resumed"),
    ("POST /api/v1/admin/users/{user_id}/sign-out", None, "signed_out_everywhere"),
    ("POST /api/v1/admin/users/{user_id}/disconnect", None, "teams_disconnected"),
    ("POST /api/v1/admin/users/{user_id}/remove-second-factor", None, "second_factor_removed"),
    ("POST /api/v1/admin/users/{user_id}/reset-password", None, "password_reset"),
    ("POST /api/v1/password-link", {"secret": "{secret}", "password": "battery staple"}, "password_set"),
    ("POST /api/v1/admin/matches/{match_id}", {"groups": [["{one}"], ["{other}"], ["{third}"]]}, "match_settled"),
    ("DELETE /api/v1/admin/decisions/{one}/{other}", None, "decision_forgotten"),
    ("POST /api/v1/admin/people/merge", {"person_ids": ["{amy}", "{amy_in_teams}"]}, "people_merged"),
    ("POST /api/v1/admin/people/{person_id}/split", {"identity_ids": ["{amy_in_teams}"]}, "person_split"),
    ("DELETE /api/v1/admin/single-sign-on", None, "single_sign_on_changed"),
    ("DELETE /api/v1/admin/users/{user_id}", None, "user_deleted"),
    ("DELETE /api/v1/session", None, "signed_out"),
    ("POST /api/v1/session", {"username": "dana", "password": "correct horse"}, "signed_in"),
    ("POST /api/v1/session", {"username": "dana", "password": "wrong"}, "sign_in_failed"),
]


def changing() -> set[str]:
    """Every operation that is not only a question."""
    paths = schemas()["openapi.json"]["paths"]
    found = {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}
    return {each for each in found if not each.startswith("GET ")}


def filled(value: Any, ids: dict[str, str]) -> Any:
    """With what is there in place of what the call names."""
    if isinstance(value, dict):
        return {name: filled(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, ids) for each in value]
    return value.format(**ids) if isinstance(value, str) else value


@pytest.fixture
async def ids(desk: Desk) -> dict[str, str]:
    """Something of everything that the calls name."""
    account = await make_account(desk)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    anne = await make_user(desk, account)
    told = {
        "one": Details(Platform.WORK, "Robin", "robin@x", frozenset({"robin@x"}), None, None),
        "other": Details(Platform.TEAMS, "R. Hale", "robin@x", frozenset({"robin@x", "info@x"}), None, None),
        "third": Details(Platform.TEAMS, "Rob", "robin@x", frozenset({"robin@x"}), None, None),
        "amy": Details(Platform.WORK, "Amy", "amy@x", frozenset({"amy@x"}), None, None),
        "amy_in_teams": Details(Platform.TEAMS, "Amy", "a@x", frozenset({"a@x"}), None, None),
    }
    found = {name: f"{number}-{name}"[:36] for number, name in enumerate(told)}
    async with desk.db.transaction() as tx:
        await put_identities(tx, account.id, {IdentityId(found[name]): each for name, each in told.items()})
    return {**found, "user_id": anne.id}


async def test_every_change_leaves_an_entry(desk: Desk, browser_of: Browsers, ids: dict[str, str]) -> None:
    assert {route for route, _, _ in CALLS} | set(NOT_RECORDED) == changing()
    dana, watcher = browser_of(), browser_of()
    await watcher.sign_in("dana")
    await dana.sign_in("dana")
    ids["match_id"] = (await dana.call("GET", "/admin/matches"))["matches"][0]["id"]
    for route, body, action in CALLS:
        method, _, path = route.format(**ids).partition(" ")
        before = await watcher.call("GET", "/admin/audit", params={"limit": 1})
        content = {"content": body} if isinstance(body, bytes) else {"json": filled(body, ids)}
        answer = await dana.http.request(method, path, **content)
        assert answer.is_success or action == "sign_in_failed", (route, answer.text)
        said = (await watcher.call("GET", "/admin/audit", params={"limit": 1}))["entries"][0]
        assert said["number"] > before["entries"][0]["number"], route
        assert said["action"] == action, route
        told = answer.json() if answer.content else {}
        ids |= {"person_id": told["id"]} if action == "people_merged" else {}
        ids |= {"secret": told["address"].partition("#")[2]} if action == "password_reset" else {}
    assert (await watcher.call("GET", "/admin/audit/proof"))["wrong_at"] is None


LISTS = (
    *("users", "contacts", "connections", "licenses", "contact-policy", "matches", "decisions", "imports"),
    *("health", "audit"),
)
EXPORTS = [f"/admin/{each}.csv" for each in LISTS]


@pytest.mark.parametrize("path", EXPORTS)
async def test_every_export_leaves_an_entry(desk: Desk, browser_of: Browsers, ids: dict[str, str], path: str) -> None:
    dana = browser_of()
    await dana.sign_in("dana")
    assert (await dana.http.get(f"/api/v1{path}")).is_success
    (said,) = (await dana.call("GET", "/admin/audit", params={"limit": 1}))["entries"]
    assert said["action"] == "exported"
