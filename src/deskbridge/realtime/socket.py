"""One WebSocket's life: hello, what was missed, then live until it ends.

connected ──hello──▶ catching up ──welcome──▶ live ──(gap)──▶ catching up …
                          └──(cannot be told)──▶ resync, waits for the next hello
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import User
from deskbridge.clock import Clock
from deskbridge.conversations.post import Then
from deskbridge.conversations.sending import Answer
from deskbridge.conversations.telling import as_it_is
from deskbridge.directory.model import PersonId
from deskbridge.errors import DeskbridgeError, TooManyRequests
from deskbridge.presence.board import Board, look_up
from deskbridge.presence.model import in_json
from deskbridge.realtime.hub import Client, Hub, event_frame
from deskbridge.realtime.protocol import (
    ClientFrame,
    Hello,
    Ping,
    Pong,
    Refused,
    Resync,
    Send,
    Typing,
    Watch,
    Welcome,
    client_frame,
    refusal_of,
    server_frame,
)
from deskbridge.realtime.typing_signs import TypingSigns
from deskbridge.realtime.wire import Wire
from deskbridge.storage import feed
from deskbridge.storage.database import Database
from deskbridge.storage.feed import Recorded

log = structlog.get_logger(__name__)

SIGNED_OUT = 4401
BAD_FRAME = 4400
TOO_SLOW = 4429
TRY_AGAIN = 1013


class Ties(Protocol):
    """What a socket asks of the rest, in the name of its session."""

    async def how_far(self) -> int | None:
        """Asked with every ping: the number of the feed's newest event, or None when the session has ended."""

    def send(self, said: Send, then: Then) -> None:
        """Have a message stored."""

    def pace(self) -> None:
        """Asked with every frame; raises TooManyRequests when there were too many."""


_PONG = server_frame.dump_json(Pong()).decode()
_RESYNC = server_frame.dump_json(Resync()).decode()


class Socket:
    """Serves one tab. Most are silent, and a browser mostly takes what it is told: then that is told without a task.

    What is put until it has its turn travels together.
    """

    most_together: Final = 100
    """Frames that travel as one."""
    most_unanswered: Final = 64
    """Messages of one tab that wait to be stored."""
    most_digits: Final = 18
    """Of an event's number: as far as every database counts."""

    def __init__(
        self,
        wire: Wire,
        user: User,
        hub: Hub,
        db: Database,
        board: Board,
        clock: Clock,
    ) -> None:
        self._wire = wire
        self._client = Client(user)
        self._hub = hub
        self._db = db
        self._board = board
        self._clock = clock
        self._typing = TypingSigns(db, hub, clock, user)
        self._unanswered = 0
        self._room: asyncio.Future[None] | None = None
        self._is_woken = False
        self._attendant: asyncio.Task[None] | None = None
        self._farewell: asyncio.Task[None] | None = None
        self._has_ended = False

    async def serve(self, ties: Ties) -> None:
        """Until the tab goes, signs out, or talks nonsense."""
        self._client.wake = lambda: self._wake(ties)
        self._hub.join(self._client)
        try:
            await self._read(ties)
        finally:
            self._has_ended = True
            self._hub.leave(self._client)
            self._client.wake = _ended
            for task in (self._attendant, self._farewell):
                if task is not None:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)

    def _wake(self, ties: Ties) -> None:
        if self._client.overflowed and self._farewell is None:
            # Whoever attends is stuck in what the browser does not take.
            self._farewell = asyncio.create_task(self._close(TOO_SLOW), name="socket-farewell")
        elif self._attendant is None and not self._is_woken:
            self._is_woken = True
            self._hub.turns.ask(lambda: self._begin(ties))

    def _begin(self, ties: Ties) -> None:
        """Tell what waits, or have somebody attend to it who can wait."""
        self._is_woken = False
        if self._has_ended:
            return
        client, left = self._client, None
        while client.waiting and left is None and not (client.doubtful or client.behind):
            text = self._next()
            left = None if self._wire.tell_at_once(text) else text
        if left is not None or client.doubtful or client.behind:
            self._attendant = asyncio.create_task(self._attend(ties, left), name="socket")

    def _next(self) -> str:
        frames = self._client.take(self.most_together)
        return frames[0] if len(frames) == 1 else f"[{','.join(frames)}]"

    async def _attend(self, ties: Ties, left: str | None) -> None:
        client = self._client
        try:
            if left is not None:
                await self._wire.tell(left)
            while not self._has_ended:
                if client.doubtful:
                    client.doubtful = False
                    if await ties.how_far() is None:
                        await self._close(SIGNED_OUT)
                elif client.behind:
                    client.behind = False
                    await self._catch_up()
                elif client.waiting:
                    await self._wire.tell(self._next())
                else:
                    return
        except (OSError, RuntimeError):
            # The other side was quicker; the reader hears of it.
            return
        except Exception as error:  # noqa: BLE001  # The browser comes back and resumes.
            log.warning("socket_failed", error=repr(error)[:300])
            await self._close(TRY_AGAIN)
        finally:
            self._attendant = None

    async def _close(self, code: int) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        self._hub.leave(self._client)
        await self._wire.close(code)

    async def _read(self, ties: Ties) -> None:
        while True:
            # What came last is let go of: the next may not come before the evening.
            frame = message = None
            message = await self._wire.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                frame = client_frame.validate_json(message.get("text") or b"")
            except ValidationError as error:
                await self._answer_nonsense(refusal_of(message.get("text") or "", error), ties)
                continue
            try:
                ties.pace()
            except TooManyRequests as error:
                await self._refuse(frame, error)
            else:
                await self._hear(frame, ties)

    async def _answer_nonsense(self, refused: Refused | None, ties: Ties) -> None:
        try:
            ties.pace()
        except TooManyRequests:
            await self._close(TOO_SLOW)
            return
        if refused is None:
            await self._close(BAD_FRAME)
        else:
            self._client.put(refused.model_dump_json())

    async def _hear(self, frame: ClientFrame, ties: Ties) -> None:
        match frame:
            case Send():
                await self._send(frame, ties)
            case Ping():
                self._client.asked = True
                newest = await ties.how_far()
                if newest is None:
                    await self._close(SIGNED_OUT)
                else:
                    self._ping(newest)
            case Hello():
                self._hello(frame.version)
            case Typing():
                await self._typing.tell(frame.conversation_id)
            case Watch():
                await self._watch(frame.person_ids)

    async def _refuse(self, frame: ClientFrame, error: TooManyRequests) -> None:
        if isinstance(frame, Send):
            refused = Refused(client_id=frame.client_id, code=error.code, message=error.message)
            self._client.put(refused.model_dump_json())
        else:
            await self._close(TOO_SLOW)

    async def _send(self, frame: Send, ties: Ties) -> None:
        while self._unanswered >= self.most_unanswered:
            # Nothing more is read until there is room: whoever writes faster than the disk has to wait.
            self._room = asyncio.get_running_loop().create_future()
            await self._room
        self._unanswered += 1
        ties.send(frame, lambda answer: self._answer(frame.client_id, answer))

    def _answer(self, client_id: str, answer: Answer) -> None:
        self._unanswered -= 1
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        if isinstance(answer, DeskbridgeError):
            refused = Refused(client_id=client_id, code=answer.code, message=answer.message)
            self._client.put(refused.model_dump_json())
        else:
            # Both are ids, and hold nothing that JSON would write otherwise.
            self._client.put(f'{{"type":"sent","client_id":"{client_id}","message_id":"{answer.id}"}}')

    def _hello(self, version: str) -> None:
        epoch, _, number = version.rpartition(".")
        if epoch != self._hub.epoch or not number.isdecimal() or len(number) > self.most_digits:
            self._client.put(_RESYNC)
            return
        self._client.number = int(number)
        self._client.fall_behind()

    def _ping(self, newest: int) -> None:
        self._client.put(_PONG)
        # A published event may have been lost between processes: the database knows how far the feed is.
        if self._client.live and newest > self._client.number:
            self._client.fall_behind()

    async def _watch(self, person_ids: list[PersonId]) -> None:
        user = self._client.user
        self._hub.watch(self._client, person_ids)
        self._client.look_up_presences()
        now = self._clock()
        of_whom = await self._db.read_through(lambda there: look_up(there, user.account_id, person_ids, now))
        self._client.put_looked_up({each.identity_id: in_json(each) for each in self._board.current(of_whom)})

    async def _missed(self, connection: AsyncConnection) -> tuple[list[Recorded] | None, list[Recorded]]:
        """What is in the feed after what it has heard, and what is to be told of it."""
        user_id = self._client.user.id
        missed = await feed.after(connection, feed.user_topic(user_id), self._client.number)
        return missed, await as_it_is(connection, user_id, missed or ())

    async def _catch_up(self) -> None:
        client = self._client
        missed, told = await self._db.read_through(self._missed)
        if missed is None:
            client.put(_RESYNC)
            return
        for each in told:
            client.put(event_frame(self._hub.epoch, each.number, each.event))
        if missed:
            client.number = missed[-1].number
        if not client.behind:
            # Nothing waits between this check and the next line, so nothing can slip in between.
            client.live = True
            version = f"{self._hub.epoch}.{client.number}"
            client.put(server_frame.dump_json(Welcome(version=version, server_time=self._clock())).decode())


def _ended() -> None:
    """Nothing is sent any more."""
