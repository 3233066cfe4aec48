"""A bare WebSocket server that tells watching clients as much as the product tells them, and knows nothing else.

Given as arguments the port, how many clients there are, how many frames a second, and for how many seconds. It answers
each `watch`, begins when all have asked, and sends each frame to one client, with the moment in its activity as
`presence_watchers.py` reads it. What it used of a core is printed at the end: the least that so many frames cost.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

A_TICK = 0.02
TEXT = (
    '{"type":"presence","presences":[{"person_id":"00000000-0000-4000-8000-000000000000","identity_id":'
    '"00000000-0000-4000-8000-000000000000","presence":{"availability":"busy","activity":"t%d","source":"teams",'
    '"as_of":"2026-11-22T23:00:00.000000Z","status_message":null,"live":true}}]}'
)


class FanOut:
    """Everybody who watches."""

    def __init__(self, how_many: int, a_second: int, seconds: int) -> None:
        self._how_many, self._a_second, self._seconds = how_many, a_second, seconds
        self._watching: list[WebSocket] = []
        self._task: asyncio.Task[None] | None = None

    async def serve(self, websocket: WebSocket) -> None:
        """One client: answered when it watches; told for as long as it stays."""
        await websocket.accept()
        try:
            while True:
                if '"watch"' not in await websocket.receive_text():
                    continue
                await websocket.send_text('{"type":"presence","presences":[]}')
                self._watching.append(websocket)
                if len(self._watching) == self._how_many:
                    self._task = asyncio.create_task(self._tell())
        except WebSocketDisconnect:
            return

    async def _tell(self) -> None:
        # Until the clients have been told to count.
        await asyncio.sleep(3)
        chance = random.Random(1)  # Nothing is secret here.
        used, started = time.process_time(), time.perf_counter()
        for tick in range(int(self._seconds / A_TICK)):
            await asyncio.sleep(max(0.0, started + tick * A_TICK - time.perf_counter()))
            text = TEXT % (time.monotonic_ns() // 1000)
            for _ in range(int(self._a_second * A_TICK)):
                await chance.choice(self._watching).send_text(text)
        took = time.perf_counter() - started
        print(f"{(time.process_time() - used) / took:.2f}", flush=True)


def main() -> None:
    """Until it is killed."""
    port, how_many, a_second, seconds = (int(each) for each in sys.argv[1:])
    fan_out = FanOut(how_many, a_second, seconds)
    app = Starlette(routes=[WebSocketRoute("/{path:path}", fan_out.serve)])
    options: dict[str, Any] = {"ws": "websockets-sansio", "ws_per_message_deflate": False, "log_level": "error"}
    uvicorn.run(app, host="127.0.0.1", port=port, **options)


if __name__ == "__main__":
    main()
