"""Every frame that a browser can say, said by a stranger with others' ids, and everything that can be heard."""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, get_args

import pytest

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, License, Role
from deskbridge.api.desk import Desk
from deskbridge.app import create_app
from deskbridge.events import LocalBus
from deskbridge.presence.board import Board
from deskbridge.realtime.hub import Hub
from deskbridge.realtime.protocol import ClientFrame, ServerFrame
from deskbridge.settings import ProcessRole, Settings
from support.agents import Agent, Feed
from support.builders import make_account, make_user
from support.clock import Clock
from support.rows import everything
from support.servers import serving
from support.strangers import MARK, expecting_nothing_of, of, private, something_of_everything

Browsers = Callable[[], Agent]
Ids = dict[str, str]

TOPICS = {
    "feed.*": "one User's own",
    "sessions_ended.*": "one User's own",
    "typing.*": "one User's own: the sender names those who take part",
    "directory.*": "one Account's own",
    "presence.*": "one Account's own, and of it whom the tab watches",
}
"""Everything that a process hears for its browsers, and whom each part is for."""


def frames(ids: Ids, version: str) -> dict[str, list[dict[str, Any]]]:
    """By type, each frame of a browser with these ids wherever an id is meant."""
    sent = {"type": "send", "conversation_id": ids["conversation_id"], "client_id": str(uuid.uuid4()), "text": "Hello"}
    again = {**sent, "client_id": ids["client_id"]}
    return {
        "hello": [{"type": "hello", "version": version}],
        "watch": [{"type": "watch", "person_ids": [ids["person_id"], ids["my_person_id"], ids["user_id"]]}],
        "ping": [{"type": "ping", "version": version}],
        "send": [sent, again, {**sent, "reply_to": ids["message_id"]}, {**sent, "files": [ids["message_id"]]}],
        "typing": [{"type": "typing", "conversation_id": ids["conversation_id"]}],
    }


NEVER = {"event", "typing", "directory_changed", "sent", "resync"}
"""What a stranger who says all of this does not hear, whatever happens over there."""
ONLY_OWN = {"welcome", "presence", "refused", "pong"}
"""What they may hear, with nothing of the others in it."""


@pytest.fixture
async def desk(settings: Settings, listening: socket.socket) -> AsyncIterator[Desk]:
    """As `serve --role web`: nothing is done in the background."""
    app = create_app(settings, ProcessRole.WEB)
    async with serving(app, listening):
        yield app.state.desk


@pytest.fixture
async def ids(desk: Desk, browser_of: Browsers) -> Ids:
    """Something of everything, in the Account that is not to be heard."""
    browser = browser_of()
    ids = await something_of_everything(desk, browser)
    ids["client_id"] = str(uuid.uuid4())
    await browser.send(ids["conversation_id"], f"{MARK} once more", ids["client_id"])
    return ids


def types(union: Any) -> set[str]:
    """Of the frames of a union."""
    return {each.model_fields["type"].default for each in get_args(get_args(union)[0])}


def test_every_frame_has_its_place_among_these() -> None:
    assert types(ClientFrame) == set(frames(dict.fromkeys(("person_id", "my_person_id"), "") | _NO_IDS, "0"))
    assert types(ServerFrame) == NEVER | ONLY_OWN


_NO_IDS = dict.fromkeys(("conversation_id", "message_id", "client_id", "user_id"), "")


async def test_every_topic_has_its_place_among_these() -> None:
    heard = []

    class Listening(LocalBus):
        async def subscribe(self, channel: str, handler: Any) -> Callable[[], Awaitable[None]]:
            heard.append(channel)
            return await super().subscribe(channel, handler)

    bus = Listening()
    hub = Hub(bus, Board(bus, Clock()))
    await hub.open("epoch")
    await hub.close()
    assert set(heard) == set(TOPICS)


async def say_everything(live: Feed, ids: Ids, version: str) -> None:
    """All of it, and the answers to it."""
    said = frames(ids, version)
    for each in (frame for kind in said.values() for frame in kind):
        await live.say(each)
    await live.until(lambda frame: frame["type"] == "presence")
    for _ in said["send"]:
        assert (await live.until(lambda frame: frame["type"] in {"refused", "sent"}))["code"] == "not_found"


async def much_happens(alice: Agent, ids: Ids) -> None:
    """Of everything that is told to somebody, in the Account of Alice and Bob."""
    async with alice.live() as live:
        await live.until(lambda frame: frame["type"] == "welcome")
        await live.say({"type": "watch", "person_ids": [ids["person_id"]]})
        for each in frames(ids | {"client_id": str(uuid.uuid4())}, "0")["send"][:2]:
            await live.say({**each, "text": f"{MARK} says more"})
            await live.until(lambda frame: frame["type"] == "sent")
        await live.say({"type": "typing", "conversation_id": ids["conversation_id"]})
        message = f"/conversations/{ids['conversation_id']}/messages/{ids['message_id']}"
        await alice.call("PATCH", message, json={"text": f"{MARK} says otherwise"})
        await alice.call("PUT", f"{message}/reaction", json={"reaction": "👍"})
        await alice.call("DELETE", message)
        await alice.call("PUT", "/me/status", json={"status": "Busy"})
        await alice.call("PATCH", f"/admin/users/{ids['colleague_id']}", json={"job_title": MARK})
        await alice.call("POST", f"/admin/users/{ids['colleague_id']}/sign-out")


async def pong(live: Feed, version: str) -> None:
    """Everything said before has come."""
    await live.say({"type": "ping", "version": version})
    await live.until(lambda frame: frame["type"] == "pong")


async def test_no_frame_and_no_topic_leads_to_another_account(desk: Desk, browser_of: Browsers, ids: Ids) -> None:
    theirs = await everything(desk.db)
    ours = private(theirs)
    await make_user(desk, await make_account(desk, teams_chat=True), "Mallory Else", role=Role.ADMIN)
    alice, bob, mallory = browser_of(), browser_of(), browser_of()
    await mallory.sign_in("mallory")
    version = (await mallory.snapshot())["version"]
    async with mallory.live(version) as live:
        await live.until(lambda frame: frame["type"] == "welcome")
        with expecting_nothing_of(ours, {}):
            await say_everything(live, ids, version)
            await pong(live, version)
        assert of(await everything(desk.db), ours) == of(theirs, ours)
        await alice.sign_in("alice")
        await bob.sign_in("bob")
        async with bob.live() as heard:
            await heard.until(lambda frame: frame["type"] == "welcome")
            await much_happens(alice, ids)
            # Whatever was to be heard of it has been.
            await heard.until(lambda frame: frame["type"] == "directory_changed")
        await pong(live, version)
        assert {each["type"] for each in live.seen} <= ONLY_OWN
        assert [each for each in live.seen if any(secret in str(each) for secret in ours - {ids["client_id"]})] == []
        assert all(each["presences"] == [] for each in live.seen if each["type"] == "presence")


async def test_a_colleague_hears_nothing_of_what_others_say(desk: Desk, browser_of: Browsers, ids: Ids) -> None:
    """Neither one who may do little, nor an admin: who takes no part hears nothing of a conversation."""
    async with desk.db.read() as connection:
        account = await accounts_store.find_account(connection, AccountId(ids["account_id"]))
    assert account is not None
    await make_user(desk, account, "Cleo Curious", frozenset({License.WORK}), Role.NONE)
    await make_user(desk, account, "Ada Admin", role=Role.ADMIN)
    alice, cleo, ada = browser_of(), browser_of(), browser_of()
    for name, browser in {"alice": alice, "cleo": cleo, "ada": ada}.items():
        await browser.sign_in(name)
    versions = [(await each.snapshot())["version"] for each in (cleo, ada)]
    async with cleo.live(versions[0]) as cleos, ada.live(versions[1]) as adas:
        for live, version in zip((cleos, adas), versions, strict=True):
            await live.until(lambda frame: frame["type"] == "welcome")
            await say_everything(live, ids, version)
        await much_happens(alice, ids)
        for live, version in zip((cleos, adas), versions, strict=True):
            await pong(live, version)
            about = [each for each in live.seen if ids["conversation_id"] in str(each) or MARK in _words(each)]
            assert [each for each in about if each["type"] != "presence"] == []


def _words(frame: Any) -> str:
    return str({**frame, "presences": []})
