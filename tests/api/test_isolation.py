"""Every route and every frame of the WebSocket, walked with the ids of one Account by an admin of another.

Where `test_strangers.py` says how each is refused, this looks at what comes back and at what is left: not one word of
the other Account in any answer, and not one thing of it changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from deskbridge.accounts.model import License, Role
from deskbridge.api.desk import Desk
from deskbridge.api.schemas import schemas
from support.agents import Agent
from support.builders import make_account, make_user
from support.statements import is_scoped, recorded, touched

Browsers = Callable[[], Agent]
WITHOUT_ACCOUNT = {
    "FROM users WHERE users.username_key =": "signing in: usernames are unique over all Accounts",
    "FROM users WHERE users.id": "who asks, or somebody whose Account is compared before anything is said or done",
    "UPDATE users SET": "who asks, or whom Managing.find has found in the admin's Account",
    "JOIN participants ON": "what the one who asks takes part in",
    "participants": "what the one who asks takes part in",
    "FROM conversations WHERE conversations.id =": "asked after it is known that they take part in it",
    "FROM identities WHERE identities.user_id": "the Identities of a User who was found before",
    "FROM identities WHERE identities.id IN": "found among those of the Account before",
    "SELECT identities.person_id FROM identities WHERE identities.id": "of Identities just changed in the Account",
    "SELECT identities.id FROM identities WHERE identities.person_id": "of Persons just changed in the Account",
    "SELECT persons.id FROM persons WHERE persons.merged_into": "of Persons just changed in the Account",
    "FROM identity_addresses WHERE identity_addresses.identity_id IN": "of Identities found in the Account before",
    "FROM persons WHERE persons.id IN": "found in the Account, or in a conversation of the one who asks",
    "UPDATE persons SET": "locked in the Account before",
    "SELECT teams_connections.look_asked": "the connection of the one who asks",
    "DELETE FROM open_matches WHERE open_matches.identity_id IN": "of Identities found in the Account before",
    "DELETE FROM directory_segments WHERE directory_segments.id IN": "found in the Account before",
}
"""Parts of statements that name no Account, and why that leads nowhere else."""
MARK = "Zyx"
"""In every name, address and message of the Account that is walked around in, and nowhere else."""


def bodies(operation: Any, ids: dict[str, str], components: Any) -> Any:
    """A body of the right shape, with the other Account's ids wherever an id is meant."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else example("", content["schema"], ids, components)


def example(name: str, schema: Any, ids: dict[str, str], components: Any) -> Any:
    """Something that this schema allows."""
    schema = components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "anyOf" in schema:
        return example(name, schema["anyOf"][0], ids, components)
    if schema.get("type") == "object":
        return {key: example(key, each, ids, components) for key, each in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example(name.removesuffix("s"), schema.get("items", {}), ids, components)]
    plain = {"boolean": False, "integer": max(1, schema.get("minimum", 1)), "number": 1}
    text = "https://127.0.0.1:9" if "https" in schema.get("pattern", "") else dict(ids).get(name, "walked")
    text = {"client_id": "00000000-0000-4000-8000-000000000000", "email": "walked@fabrikam.example"}.get(name, text)
    return schema["enum"][0] if "enum" in schema else plain.get(schema.get("type", ""), text)


USERS_FILE = b"username,name,email\nbob,Taken Over,taken@fabrikam.example\nfinn,Finn New,finn@fabrikam.example\n"
"""Names somebody of the other Account, too."""


def valid(route: str, ids: dict[str, str]) -> Any:
    """What a made-up body does not reach: things that have to fit together."""
    return {
        "POST /api/v1/admin/people/merge": {"person_ids": [ids["person_id"], ids["my_person_id"]]},
        "PUT /api/v1/admin/imports/settings": {"at": "03:30", "time_zone": "Europe/Vienna", "domains": ["x.example"]},
    }.get(route)


async def walk(browser: Agent, ids: dict[str, str]) -> list[tuple[str, int, str]]:
    """Call everything once with these ids; what each answered."""
    document = schemas()["openapi.json"]
    answers = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path == "/api/v1/session" and method == "delete":
                continue
            where = path.format_map(ids)
            route = f"{method.upper()} {path}"
            body = valid(route, ids) or bodies(operation, ids, document["components"]["schemas"])
            content = {"content": USERS_FILE} if path.endswith("/imports/csv") else {"json": body}
            query = {
                each["name"]: ids[each["name"]]
                for each in operation.get("parameters", [])
                if each["in"] == "query" and each["name"] in ids
            }
            answer = await browser.http.request(method.upper(), where, params=query, **content)
            answers.append((route, answer.status_code, answer.text))
    return answers


async def everything_of(browser: Agent, conversation_id: str) -> Any:
    """All that an admin of the Account can see of it, but for the log of having looked."""
    paths: tuple[str, ...] = ("/admin/imports/settings", "/admin/decisions", "/admin/matches")
    paths += ("/workspace", "/people", "/admin/account", "/admin/users", "/admin/single-sign-on", "/admin/imports")
    found = {path: await browser.call("GET", path) for path in paths}
    # Its version counts what its own admin did.
    found["/workspace"].pop("version")
    found["messages"] = await browser.messages(conversation_id)
    return found


@pytest.fixture
async def ids(desk: Desk, browser_of: Browsers) -> dict[str, str]:
    """Something of everything, in the Account that is not to be seen; `alice` is an admin and an agent of it."""
    account = await make_account(desk, teams_chat=True)
    alice = await make_user(desk, account, f"Alice {MARK}", role=Role.ADMIN)
    colleague = await make_user(desk, account, f"Bob {MARK}")
    browser = browser_of()
    await browser.sign_in("alice")
    bob = await browser.find("bob")
    conversation = await browser.start(bob["id"])
    message = await browser.send(conversation["id"], f"{MARK} says hello")
    mine = (await browser.snapshot())["my_person_id"]
    ids = {
        "user_id": alice.id,
        "colleague_id": colleague.id,
        "my_person_id": mine,
        "person_id": bob["id"],
        "match_id": bob["id"],
        "q": "bob",
    }
    ids |= dict.fromkeys(("identity_id", "one", "other"), bob["identities"][0]["id"])
    ids |= {"conversation_id": conversation["id"], "message_id": message["id"]}
    return ids | dict.fromkeys(("import_id", "account_id"), account.id)


class AnyId(dict[str, str]):
    """An id for every name; those that we do not know are the conversation's."""

    def __missing__(self, name: str) -> str:
        return self["conversation_id"]


@pytest.mark.parametrize(
    ("role", "licenses"),
    [(Role.ADMIN, frozenset({License.CONTACT_CENTER, License.WORK})), (Role.AGENT, frozenset({License.WORK}))],
)
async def test_nothing_of_another_account_is_told_or_changed(
    desk: Desk, browser_of: Browsers, ids: dict[str, str], role: Role, licenses: frozenset[License]
) -> None:
    other = await make_account(desk, teams_chat=True)
    await make_user(desk, other, "Mallory Else", licenses, role)
    alice, mallory = browser_of(), browser_of()
    await alice.sign_in("alice")
    await mallory.sign_in("mallory")
    before = await everything_of(alice, ids["conversation_id"])
    for route, status, text in await walk(mallory, AnyId(ids)):
        assert MARK not in text, route
        assert status < 500 or "microsoft" in text or "sign-in service" in text, (route, text)
    assert await everything_of(alice, ids["conversation_id"]) == before


async def test_every_statement_names_whose_rows_it_is_about(
    desk: Desk, browser_of: Browsers, ids: dict[str, str]
) -> None:
    """Whatever a request has executed on rows of Accounts says of which Account, or is known for a reason."""
    alice, mallory = browser_of(), browser_of()
    await make_user(desk, await make_account(desk, teams_chat=True), "Mallory Else", role=Role.ADMIN)
    await alice.sign_in("alice")
    await mallory.sign_in("mallory")
    with recorded() as statements:
        for browser in (alice, mallory):
            # Not oneself, whose session would end on the way.
            await walk(browser, AnyId(ids | {"user_id": ids["colleague_id"]}))
    assert len(statements) > 100
    unscoped = {each for each in statements if touched(each) and not is_scoped(each)}
    unknown = {each for each in unscoped if not any(words in each for words in WITHOUT_ACCOUNT)}
    assert unknown == set()
    unused = {words for words in WITHOUT_ACCOUNT if not any(words in each for each in unscoped)}
    assert unused == set()


async def test_no_frame_leads_to_another_account(desk: Desk, browser_of: Browsers, ids: dict[str, str]) -> None:
    other = await make_account(desk)
    await make_user(desk, other, "Mallory Else")
    alice, mallory = browser_of(), browser_of()
    await alice.sign_in("alice")
    await mallory.sign_in("mallory")
    theirs = (await alice.snapshot())["version"]
    async with mallory.live(theirs) as feed:
        await feed.say({"type": "watch", "person_ids": [ids["person_id"]]})
        await alice.send(ids["conversation_id"], f"{MARK} again")
        await alice.call("PUT", "/me/status", json={"status": "Busy"})
        await feed.say({"type": "ping", "version": theirs})
        await feed.until(lambda frame: frame["type"] == "pong")
        await asyncio.sleep(0)
        assert [each for each in feed.seen if MARK in str(each)] == []
        watched = [each for each in feed.seen if each["type"] == "presence"]
        assert [each["presences"] for each in watched if each["presences"]] == []
