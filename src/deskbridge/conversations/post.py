"""Carries what users send into the database: whatever has gathered meanwhile goes in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from deskbridge.clock import Clock
from deskbridge.conversations.model import Message
from deskbridge.conversations.sending import Answer, Sending, send_all
from deskbridge.errors import DatabaseUnavailable, DeskbridgeError, Unavailable
from deskbridge.logs import of_nobody
from deskbridge.storage.database import Database

log = structlog.get_logger(__name__)

MOST_TOGETHER: Final = 500
MOST_WAITING: Final = 10_000
"""Messages; whoever sends one more is told to try again."""

Then = Callable[[Answer], None]
"""Told what became of a message, once that is on disk; never waits."""


class Post:
    """One per process."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._waiting: list[tuple[Sending, Then]] = []
        self._carrier: asyncio.Task[None] | None = None

    def put(self, sending: Sending, then: Then) -> None:
        """Have it stored, after everything that was put before, also when whoever puts it goes away."""
        if len(self._waiting) >= MOST_WAITING:
            then(Unavailable("Too much is going on at the moment. Try again in a few seconds."))
            return
        self._waiting.append((sending, then))
        if self._carrier is None:
            self._carrier = asyncio.create_task(self._carry(), name="post", context=of_nobody())

    async def send(self, sending: Sending) -> Message:
        """Have it stored, and wait until it is on disk; raises why it was refused."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.put(sending, lambda answer: None if answered.done() else answered.set_result(answer))
        answer = await answered
        if isinstance(answer, DeskbridgeError):
            raise answer
        return answer

    async def close(self) -> None:
        """Once everything that was put is stored."""
        if self._carrier is not None:
            await asyncio.wait({self._carrier})

    async def _carry(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
                await self._carry_some(some)
        finally:
            self._carrier = None

    async def _carry_some(self, some: list[tuple[Sending, Then]]) -> None:
        wanted = [sending for sending, _ in some]
        try:
            answers = await self._db.perform(lambda tx: send_all(tx, wanted, self._clock()))
        except DatabaseUnavailable as error:
            answers = [error] * len(some)
        except Exception as error:  # Whatever it is, it must not hold up the others.
            if len(some) > 1:
                for each in some:
                    await self._carry_some([each])
                return
            (sending,) = wanted
            its = {"request_id": sending.request_id} if sending.request_id else {}
            log.exception("message_not_stored", error=repr(error)[:200], client_id=sending.written.client_id, **its)
            answers = [DeskbridgeError()]
        for (_, then), answer in zip(some, answers, strict=True):
            then(answer)
