"""One WebSocket's life: hello, what was missed, then live until it ends.

connected ──hello──▶ catching up ──welcome──▶ live ──(gap)──▶ catching up …
                          └──(cannot be told)──▶ resync, waits for the next hello
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from deskbridge.accounts.model import User
from deskbridge.clock import Clock
from deskbridge.directory.model import PersonId
from deskbridge.presence.board import Board
from deskbridge.realtime.hub import Client, Hub, event_frame
from deskbridge.realtime.protocol import Hello, Ping, Pong, Resync, Watch, Welcome, client_frame, server_frame
from deskbridge.storage import feed
from deskbridge.storage.database import Database

log = structlog.get_logger(__name__)

SIGNED_OUT = 4401
BAD_FRAME = 4400
TOO_SLOW = 4429

HowFar = Callable[[], Awaitable[int | None]]
"""Asked with every ping: the number of the feed's newest event, or None when the session has ended."""

_PONG = server_frame.dump_json(Pong()).decode()
_RESYNC = server_frame.dump_json(Resync()).decode()


class Socket:
    """Serves one tab."""

    def __init__(
        self,
        websocket: WebSocket,
        user: User,
        hub: Hub,
        db: Database,
        board: Board,
        clock: Clock,
    ) -> None:
        self._websocket = websocket
        self._client = Client(user)
        self._hub = hub
        self._db = db
        self._board = board
        self._clock = clock
        self._topic = feed.user_topic(user.id)

    async def serve(self, how_far: HowFar) -> None:
        """Until the tab goes, signs out, or talks nonsense."""
        self._hub.join(self._client)
        tasks = [
            asyncio.create_task(self._read(how_far), name="socket-read"),
            asyncio.create_task(self._write(), name="socket-write"),
            asyncio.create_task(self._catch_up(), name="socket-catch-up"),
            asyncio.create_task(self._client.overflowed.wait(), name="socket-overflow"),
            asyncio.create_task(self._leave_when_signed_out(how_far), name="socket-session"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self._close(TOO_SLOW if tasks[3] in done else None)
        finally:
            self._hub.leave(self._client)
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception) and not isinstance(ended, WebSocketDisconnect):
                    log.warning("socket_failed", error=repr(ended))

    async def _close(self, code: int | None) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            try:
                await self._websocket.close(code or 1000)
            except (RuntimeError, WebSocketDisconnect):
                # The other side was quicker.
                return

    async def _read(self, how_far: HowFar) -> None:
        while True:
            text = await self._websocket.receive_text()
            try:
                frame = client_frame.validate_json(text)
            except ValidationError:
                await self._close(BAD_FRAME)
                return
            match frame:
                case Hello():
                    self._hello(frame.version)
                case Watch():
                    await self._watch(frame.person_ids)
                case Ping():
                    newest = await how_far()
                    if newest is None:
                        await self._close(SIGNED_OUT)
                        return
                    self._ping(newest)

    async def _leave_when_signed_out(self, how_far: HowFar) -> None:
        while True:
            await self._client.doubtful.wait()
            self._client.doubtful.clear()
            if await how_far() is None:
                await self._close(SIGNED_OUT)
                return

    def _hello(self, version: str) -> None:
        epoch, _, number = version.rpartition(".")
        if epoch != self._hub.epoch or not number.isdecimal():
            self._client.put(_RESYNC)
            return
        self._client.live = False
        self._client.number = int(number)
        self._client.behind.set()

    def _ping(self, newest: int) -> None:
        self._client.put(_PONG)
        # A published event may have been lost between processes: the database knows how far the feed is.
        if self._client.live and newest > self._client.number:
            self._client.live = False
            self._client.behind.set()

    async def _watch(self, person_ids: list[PersonId]) -> None:
        user = self._client.user
        self._hub.watch(self._client, person_ids)
        async with self._db.read() as connection:
            presences = await self._board.current(connection, user.account_id, person_ids)
        self._client.put_presences({each.identity_id: each.model_dump_json() for each in presences})

    async def _catch_up(self) -> None:
        while True:
            await self._client.behind.wait()
            self._client.behind.clear()
            async with self._db.read() as connection:
                missed = await feed.after(connection, self._topic, self._client.number)
            if missed is None:
                self._client.put(_RESYNC)
                continue
            for each in missed:
                self._client.number = each.number
                self._client.put(event_frame(self._hub.epoch, each.number, each.event))
            if not self._client.behind.is_set():
                # Nothing waits between this check and the next line, so nothing can slip in between.
                self._client.live = True
                version = f"{self._hub.epoch}.{self._client.number}"
                welcome = Welcome(version=version, server_time=self._clock())
                self._client.put(server_frame.dump_json(welcome).decode())

    async def _write(self) -> None:
        while True:
            await self._websocket.send_text(await self._client.next_frame())
