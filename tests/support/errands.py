"""Files and pictures on their way to Teams, for stories in which the product is killed while it carries them."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from support.agents import Agent
from support.luggage import give
from support.pixel import PIXEL
from support.product import Product
from support.servers import Sim

HELD_FOR = 60
"""Seconds that an answer of Microsoft is held back; longer than the product needs to be killed."""

PATIENCE = 3_000
"""Looks at m365sim until something must have happened; only so that a broken product ends the test."""


class Errands:
    """One agent who sends files and pictures in one conversation, and what must be in Teams at the end."""

    def __init__(self, sim: Sim, product: Product, agent: Agent, conversation: str) -> None:
        self._sim = sim
        self._product = product
        self._agent = agent
        self._conversation = conversation
        self.files: dict[str, str] = {}
        """The digests of the files sent, by name."""
        self.said: list[tuple[str, list[str]]] = []
        """The messages sent: their words, and the files or the digests of pictures that go with each."""

    async def send_file(self, name: str, content: bytes, text: str) -> None:
        """Give it and send it; both are acknowledged, so neither may be lost."""
        file_id = str(uuid4())
        await give(self._agent, f"/conversations/{self._conversation}/files/{file_id}?name={quote(name)}", content)
        await self._send({"text": text, "files": [file_id]})
        self.files[name] = hashlib.sha256(content).hexdigest()
        self.said.append((text, [name]))

    async def send_picture(self, text: str) -> None:
        """The same for a picture among the words."""
        path = f"/conversations/{self._conversation}/images/{uuid4()}?name=picture.png"
        given = await give(self._agent, path, PIXEL)
        await self._send({"html": f'<p>{text}<img src="{given["address"]}" alt="picture"></p>'})
        self.said.append((text, [hashlib.sha256(PIXEL).hexdigest()]))

    async def _send(self, body: dict[str, Any]) -> None:
        path = f"/conversations/{self._conversation}/messages"
        await self._agent.call("POST", path, json={"client_id": str(uuid4()), **body})

    async def hold(self, method: str, path: str) -> None:
        """Have Microsoft do what it is asked for from now on, and never answer: that, and nothing planned before."""
        await self._sim.client.delete("/faults")
        planned = {"fault": "timeout-after", "seconds": HELD_FOR, "on": {"method": method, "path": path}}
        await self._sim.post("/faults", planned)

    async def killed(self, then_hold: tuple[str, str] | None = None) -> None:
        """Kill the product once it waits for the answer that is held; what is held next is so before it is back."""
        for _ in range(PATIENCE):
            (fault,) = (await self._sim.get("/faults"))["value"]
            if fault["hits"]:
                break
            await asyncio.sleep(0.02)
        else:
            raise TimeoutError(f"{fault['on']} is not asked for")
        await self._product.kill(partial(self.hold, *then_hold) if then_hold else None)

    async def arrived(self) -> None:
        """Until everything that was sent is said to be in Teams."""
        for _ in range(PATIENCE):
            messages = await self._agent.messages(self._conversation)
            states = [each["state"] for one in messages for each in one["deliveries"] if each["platform"] == "teams"]
            assert "failed" not in states, messages
            if set(states) == {"sent"}:
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(states)

    async def in_onedrive(self) -> list[tuple[str, str]]:
        """Names and digests of all files at Microsoft."""
        found = (await self._sim.get("/files"))["value"]
        return sorted((each["path"].rpartition("/")[2], each["sha256"]) for each in found)

    async def in_teams(self, user: str) -> list[tuple[str, list[str]]]:
        """The messages of that user's only chat, as `said` has them."""
        (chat,) = (await self._sim.get(f"/chats?user={user}"))["value"]
        there = (await self._sim.get(f"/chats/{chat['id']}"))["messages"]
        return [(each["text"], _with(each)) for each in there]


def _with(message: Any) -> list[str]:
    return [each["name"] for each in message["attachments"]] + [each["sha256"] for each in message["pictures"]]
