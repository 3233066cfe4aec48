"""What goes with messages in a storm, and how the two sides tell of it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import uuid
from typing import Any

import httpx

from support.agents import Agent
from support.pixel import PIXEL

PICTURE = "picture.png"
_MARK = "\nFile: "


async def give(agent: Agent, path: str, content: bytes) -> Any:
    """As the browser does: the same id until the product has it."""
    while True:
        with contextlib.suppress(httpx.HTTPError):
            answer = await agent.http.put(f"/api/v1{path}", content=content)
            assert answer.status_code in {201, 429, 500, 502, 503}, answer.text
            if answer.status_code == 201:
                return answer.json()
        await asyncio.sleep(0.05)


class Luggage:
    """Gives files and pictures, and knows what must be in OneDrive at the end."""

    def __init__(self, chance: random.Random) -> None:
        self._random = chance
        self._sent: dict[str, str] = {}

    async def pack(self, agent: Agent, conversation_id: str, text: str) -> dict[str, Any]:
        """The body of a message with these words: one in four has a file with it, one in four a picture."""
        place, id_ = f"/conversations/{conversation_id}", str(uuid.uuid4())
        match self._random.randrange(4):
            case 0:
                name = f"{text}.pdf"
                content = name.encode() * self._random.choice((10, 200_000))
                await give(agent, f"{place}/files/{id_}?name={name}", content)
                self._sent[name] = hashlib.sha256(content).hexdigest()
                return {"text": text, "files": [id_]}
            case 1:
                given = await give(agent, f"{place}/images/{id_}?name={PICTURE}", PIXEL)
                return {"html": f'<p>{text} <img src="{given["address"]}" alt="{PICTURE}"></p>'}
            case _:
                return {"text": text}

    def compare(self, there: list[Any]) -> list[str]:
        """Each file once, as it was given."""
        kept = sorted((each["path"].rpartition("/")[2], each["sha256"]) for each in there)
        return [] if kept == sorted(self._sent.items()) else [f"files: here {self._sent} there {kept}"]


def words_of(text: str) -> str:
    """What its author wrote."""
    return text.partition(_MARK)[0].removesuffix(f" {PICTURE}").strip()


def luggage_here(message: Any) -> tuple[int, int]:
    """How many files and pictures it has."""
    return len(message["attachments"]), message["html"].count("<img")


def luggage_there(message: Any) -> tuple[int, int]:
    """The same of a message in Teams."""
    return len(message["attachments"]), message["kept_content"].count("<img")
