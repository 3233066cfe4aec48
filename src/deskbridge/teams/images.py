"""Images inside Teams messages, for those who may see the conversation (facts.md 6.2).

Only what a message of theirs shows is fetched, from Graph and nowhere else, as the agent whose chat it is. What an
image is decide its first bytes, not what anybody says of it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import structlog

from deskbridge.clock import Clock
from deskbridge.conversations.image_kinds import kind_of
from deskbridge.conversations.model import ConversationId, MessageId
from deskbridge.errors import MicrosoftUnavailable, NotFound
from deskbridge.storage.database import Database
from deskbridge.teams.graph_errors import Refused
from deskbridge.teams.lanes import NotYet
from deskbridge.teams.pictures import is_hosted_id
from deskbridge.teams.reading import Reading
from deskbridge.teams.store import chats, connections
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.tokens import NotConnected

log = structlog.get_logger(__name__)

MOST_BYTES: Final = 8 * 1024 * 1024
"""Twice what Teams takes as inline image (facts.md 6.2)."""
MOST_CACHED: Final = 64 * 1024 * 1024
_TRIES: Final = 8
_MOST_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Image:
    """The bytes, and what they are."""

    content: bytes
    content_type: str


class Images:
    """Fetched as they are looked at; the last ones stay in memory."""

    def __init__(self, db: Database, clock: Clock, reading: Reading) -> None:
        self._db = db
        self._clock = clock
        self._reading = reading
        self._cached: OrderedDict[tuple[MessageId, str], Image] = OrderedDict()
        self._size = 0

    async def fetch(self, conversation_id: ConversationId, message_id: MessageId, image_id: str) -> Image:
        """An image of that message; raises NotFound and MicrosoftUnavailable. Whoever calls has checked who asks."""
        key = (message_id, image_id)
        if key in self._cached:
            self._cached.move_to_end(key)
            return self._cached[key]
        if not is_hosted_id(image_id):
            # Whoever writes a message here can name what they like in it.
            raise NotFound("This is not an image that can be shown here.")
        row, place = await self._find(conversation_id, message_id)
        content = await self._get(row, f"{place}/hostedContents/{quote(image_id, safe='')}/$value")
        kind = kind_of(content)
        if kind is None or len(content) > MOST_BYTES:
            raise NotFound("This is not an image that can be shown here. Open the chat in Teams.")
        return self._keep(key, Image(content, kind))

    async def _find(self, conversation_id: ConversationId, message_id: MessageId) -> tuple[ConnectionRow, str]:
        async with self._db.read() as connection:
            for link in await chats.list_of_conversation(connection, conversation_id):
                graph_id = await chats.find_graph_id(connection, link.id, message_id)
                row = await connections.find(connection, link.user_id)
                if graph_id and row and row.is_connected and row.microsoft_user_id == link.microsoft_user_id:
                    return row, f"/chats/{link.chat_id}/messages/{graph_id}"
        raise MicrosoftUnavailable("The image can be shown once the agent's Microsoft Teams account is connected.")

    async def _get(self, row: ConnectionRow, path: str) -> bytes:
        for _ in range(_TRIES):
            try:
                return (await self._reading.get(row, path)).body
            except NotYet as wait:
                # Several images at once: each waits for its turn.
                seconds = (wait.until - self._clock()).total_seconds()
                await asyncio.sleep(min(max(seconds, 0.0), _MOST_SECONDS))
            except Refused as error:
                log.info("image_refused", error=str(error)[:200])
                raise NotFound("This image is not in Microsoft Teams any more.") from error
            except NotConnected as error:
                raise MicrosoftUnavailable from error
        raise MicrosoftUnavailable

    def _keep(self, key: tuple[MessageId, str], image: Image) -> Image:
        self._cached[key] = image
        self._size += len(image.content)
        while self._size > MOST_CACHED:
            _, oldest = self._cached.popitem(last=False)
            self._size -= len(oldest.content)
        return image
