"""A storm: agents and Teams users write at once while everything goes wrong, and the product is killed again and again.

Afterwards every conversation here must equal the chat there: message for message, edit for edit, in order, none lost,
none doubled, nothing private stored, and m365sim must have nothing to say against the client's conduct.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from deskbridge.admin import users
from deskbridge.app import open_desk
from deskbridge.settings import Settings
from support.agents import Agent
from support.builders import CC, make_account, make_user
from support.luggage import Luggage, luggage_here, luggage_there, words_of
from support.product import Product
from support.servers import Sim

FAULTS: list[dict[str, Any]] = [
    {"fault": "throttle", "rate": 0.05, "times": None, "seconds": 1},
    {"fault": "server-error", "rate": 0.05, "times": None, "on": {"path": "/chats*"}},
    {"fault": "timeout-before", "rate": 0.04, "times": None, "seconds": 1, "on": {"path": "/chats/*/messages"}},
    {"fault": "timeout-after", "rate": 0.06, "times": None, "seconds": 1, "on": {"path": "/chats/*/messages"}},
    {"fault": "server-error", "rate": 0.05, "times": None, "on": {"path": "/me/drive*"}},
    {"fault": "timeout-after", "rate": 0.06, "times": None, "seconds": 1, "on": {"path": "/me/drive*"}},
    {"fault": "cut-after", "rate": 0.06, "times": None, "on": {"path": "/me/drive*"}},
    {"fault": "cut-before", "rate": 0.04, "times": None, "on": {"path": "/chats*"}},
    {"fault": "cut-after", "rate": 0.06, "times": None, "on": {"path": "/chats*"}},
    {"fault": "lost", "rate": 0.08, "times": None},
    {"fault": "doubled", "rate": 0.15, "times": None},
    {"fault": "late", "rate": 0.15, "times": None, "seconds": 1},
    {"fault": "reordered", "rate": 0.15, "times": None},
]
SCOPES = ("User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read.All")
SETTLE_WITHIN = 240
"""Seconds after the storm until all is well; only so that a broken product ends the test."""


@dataclass(slots=True)
class Pair:
    """An agent and the Teams user they talk with."""

    agent: Agent
    upn: str
    partner: str
    agent_name: str
    conversation_id: str = ""
    chat_id: str = ""
    written: list[str] = field(default_factory=list)


class Storm:
    """One run, the same for the same seed as far as the machine allows."""

    def __init__(self, settings: Settings, sim: Sim, product: Product, seed: int) -> None:
        self._settings = settings
        self._sim = sim
        self._product = product
        self._random = random.Random(seed)
        self._luggage = Luggage(self._random)
        self._pairs: list[Pair] = []
        self._done = 0
        self._total = 0
        self._kill_at = 0
        self._due = asyncio.Event()

    async def prepare(self, pairs: int) -> None:
        """Agents with connected Microsoft accounts, each with a first message to a Teams user."""
        consented = {"admin_scopes": [*SCOPES, "Files.ReadWrite"]}
        assert (await self._sim.client.put(f"/apps/{self._sim.info['client_id']}", json=consented)).is_success
        everybody = (await self._sim.get("/users"))["value"]
        # Whom the directory finds by that name, and who can sign in with it.
        known = {each["username"] for each in everybody if each["enabled"] and each["mail"] == each["username"]}
        people = [each for each in self._sim.info["people"] if each["has_teams_license"] and each["username"] in known]
        chosen = people[: 2 * pairs]
        async with open_desk(self._settings) as desk:
            account = await make_account(desk, teams_chat=True, tenant_id=self._sim.info["tenant_id"])
            for number, each in enumerate(chosen[:pairs]):
                await make_user(desk, account, each["name"], CC, username=f"agent{number}", email=each["username"])
            async with desk.db.transaction() as tx:
                await users.set_files_to_teams(tx, account.id, enabled=True)
            await desk.connector.importer.run_once(account.id)
        await self._product.start()
        for number, (mine, theirs) in enumerate(zip(chosen[:pairs], chosen[pairs:], strict=True)):
            # Said before the agent wrote: it stays in Teams.
            await self._sim.post(
                f"/users/{theirs['username']}/messages", {"to": mine["username"], "text": f"private {number}"}
            )
            pair = Pair(Agent(self._settings.public_url), mine["username"], theirs["username"], mine["name"])
            await pair.agent.sign_in(f"agent{number}")
            page = await pair.agent.connect_teams(mine["username"], mine["password"])
            assert "is connected" in page.text, page.text
            found = await pair.agent.call("GET", "/people", params={"q": theirs["username"]})
            conversation = await pair.agent.start(found["people"][0]["id"], "teams")
            pair.conversation_id = conversation["id"]
            self._pairs.append(pair)

    async def rage(self, messages: int, kills: int) -> None:
        """All at once, both ways, with faults, and the product killed at any moments of the work."""
        await self._sim.post("/faults", {"faults": FAULTS})
        self._total = len(self._pairs) * messages
        async with asyncio.TaskGroup() as group:
            for pair in self._pairs:
                group.create_task(self._talk(pair, messages))
            group.create_task(self._kill(kills))
        await self._sim.client.delete("/faults")
        await self._product.kill()

    async def _kill(self, kills: int) -> None:
        # Not evenly: what each start asks Microsoft for would look as if it were asked by the clock.
        for moment in sorted(self._random.sample(range(1, self._total), kills)):
            self._kill_at = moment
            self._due.clear()
            if self._done < self._kill_at:
                await self._due.wait()
            await self._product.kill()

    async def _talk(self, pair: Pair, messages: int) -> None:
        for number in range(messages):
            await self._until_stored(pair, f"{pair.upn} says {number}")
            if not pair.chat_id:
                pair.chat_id = await self._chat_of(pair)
            else:
                await self._partner_acts(pair, number)
                await self._agent_acts(pair, number)
            self._done += 1
            if self._done >= self._kill_at:
                self._due.set()

    async def _until_stored(self, pair: Pair, text: str) -> None:
        """As the browser does: the same client id until the product has it."""
        path, client_id = f"/conversations/{pair.conversation_id}/messages", str(uuid.uuid4())
        body = await self._luggage.pack(pair.agent, pair.conversation_id, text)
        while True:
            with contextlib.suppress(httpx.HTTPError, AssertionError):
                await pair.agent.call("POST", path, json={"client_id": client_id, **body})
                pair.written.append(text)
                return
            await asyncio.sleep(0.05)

    async def _chat_of(self, pair: Pair) -> str:
        """Once the agent's first message is there: before it, what is said in the chat is private (H4)."""
        for _ in range(2_000):
            for each in (await self._sim.get(f"/chats?user={pair.upn}"))["value"]:
                if pair.partner in {member["username"] for member in each["members"]}:
                    chat = await self._sim.get(f"/chats/{each['id']}")
                    if any(" says 0" in message["text"] for message in chat["messages"]):
                        return str(each["id"])
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{pair.upn}: the first message does not get there")

    async def _partner_acts(self, pair: Pair, number: int) -> None:
        place = f"/users/{pair.partner}/chats/{pair.chat_id}/messages"
        sent = await self._sim.post(place, {"text": f"{pair.partner} answers {number}"})
        one = f"{place}/{sent['message_id']}"
        match self._random.randrange(6):
            case 0:
                answer = await self._sim.client.patch(one, json={"text": f"{pair.partner} meant {number}"})
                assert answer.is_success, answer.text
            case 1:
                await self._sim.client.delete(one)
            case 2:
                await self._sim.client.delete(one)
                await self._sim.post(f"{one}/undo")
            case 3:
                await self._sim.post(f"{one}/react", {"reaction": "👍"})
            case 4:
                await self._sim.post(f"{one}/react", {"reaction": "😆"})
                await self._sim.post(f"{one}/unreact", {"reaction": "😆"})
            case _:
                own = f"/users/{pair.upn}/chats/{pair.chat_id}/messages"
                await self._sim.post(own, {"text": f"{pair.upn} from Teams itself {number}"})

    async def _agent_acts(self, pair: Pair, number: int) -> None:
        """Something done to a message afterwards; asked for until the product has it, as people do."""
        messages = [each for each in await self._page(pair) if each["kind"] == "message" and not each["deleted_at"]]
        mine = [each for each in messages if _text(each) in pair.written and not _waits(each)]
        theirs = [each for each in messages if each["author"]["display_name"] != pair.agent_name]
        act = self._random.randrange(5)
        if act < 2 and mine:
            text = f"{pair.upn} says {number} better"
            await self._until_done(pair, "PATCH", mine[-1], json={"text": text})
            pair.written[pair.written.index(_text(mine[-1]))] = text
        elif act < 4 and mine:
            await self._until_done(pair, "DELETE", mine[-1])
            if act == 2:
                await self._until_done(pair, "POST", mine[-1], "/restore")
            else:
                pair.written.remove(_text(mine[-1]))
        elif theirs:
            await self._until_done(pair, "PUT", theirs[-1], "/reaction", json={"reaction": "🎉"})

    async def _until_done(self, pair: Pair, method: str, message: Any, action: str = "", **body: Any) -> None:
        path = f"/api/v1/conversations/{pair.conversation_id}/messages/{message['id']}{action}"
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = await pair.agent.http.request(method, path, **body)
                # Meanwhile its author may have deleted it.
                if answer.is_success or answer.status_code == 409:
                    return
            await asyncio.sleep(0.05)

    async def _page(self, pair: Pair) -> list[Any]:
        while True:
            with contextlib.suppress(httpx.HTTPError, AssertionError):
                return await pair.agent.messages(pair.conversation_id)
            await asyncio.sleep(0.05)

    async def settle(self) -> list[str]:
        """Wait until all is well; the answer is what still is not."""
        deadline = time.monotonic() + SETTLE_WITHIN
        while True:
            await self._sim.settle()
            wrong = [trouble for pair in self._pairs for trouble in await self._compare(pair)]
            wrong += self._luggage.compare((await self._sim.get("/files"))["value"])
            if not wrong or time.monotonic() > deadline:
                return wrong + await self._misconduct()
            await asyncio.sleep(0.5)

    async def _misconduct(self) -> list[str]:
        subscriptions = (await self._sim.get("/subscriptions"))["value"]
        wrong = [] if len(subscriptions) == len(self._pairs) else [f"subscriptions: {subscriptions}"]
        for pair in self._pairs:
            state = (await pair.agent.snapshot())["connection"]["state"]
            wrong += [] if state == "connected" else [f"{pair.upn}: {state}"]
        return wrong + [str(each) for each in (await self._sim.get("/conduct"))["violations"]]

    async def _compare(self, pair: Pair) -> list[str]:
        chat = await self._sim.get(f"/chats/{pair.chat_id}")
        there = [each for each in chat["messages"] if not str(each["kept_content"]).startswith("private")]
        here = [each for each in await self._all_messages(pair) if each["kind"] == "message"]
        wrong = [f"{pair.upn}: waits: {each['text']}" for each in here if _waits(each)]
        for name, said_here, said_there in (
            ("all", sorted(map(_told_here, here)), sorted(map(_told_there, there))),
            ("own, in order", *_texts(here, there, lambda told: " says " in told)),
            ("theirs, in order", *_texts(here, there, lambda told: " says " not in told)),
            ("written", [told for told in map(_text, here) if " says " in told], pair.written),
        ):
            if said_here != said_there:
                wrong.append(f"{pair.upn}: {name}: here {said_here} there {said_there}")
        return wrong

    async def _all_messages(self, pair: Pair) -> list[Any]:
        found: list[Any] = []
        before: dict[str, Any] = {}
        while True:
            path = f"/conversations/{pair.conversation_id}/messages"
            page = await pair.agent.call("GET", path, params={"limit": 200, **before})
            found = page["messages"] + found
            if page["earlier"] is None:
                return found
            before = {"before": page["earlier"]}

    async def close(self) -> None:
        """Close the agents' browsers."""
        for pair in self._pairs:
            await pair.agent.http.aclose()


def _waits(message: Any) -> bool:
    is_gone = message["deleted_at"] is not None
    return bool(message["changes"]) or any(each["state"] != "sent" and not is_gone for each in message["deliveries"])


def _text(message: Any) -> str:
    return words_of(message["text"])


def _told_here(message: Any) -> tuple[object, ...]:
    if message["deleted_at"] is not None:
        return ("", True, message["edited_at"] is not None)
    return (_text(message), False, message["edited_at"] is not None, _count(message), luggage_here(message))


def _count(message: Any) -> int:
    return sum(len(each["by"]) for each in message["reactions"])


def _told_there(message: Any) -> tuple[object, ...]:
    edited = message["lastEditedDateTime"] is not None
    if message["is_deleted"]:
        return ("", True, edited)
    return (_text(message), False, edited, len(message["reactions"]), luggage_there(message))


def _texts(here: list[Any], there: list[Any], wanted: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    alive = [_text(each) for each in here if each["deleted_at"] is None]
    truly = [_text(each) for each in there if not each["is_deleted"]]
    return [each for each in alive if wanted(each)], [each for each in truly if wanted(each)]
