"""The WebSocket of one tab, as a plain ASGI application (docs/decisions/0029)."""

from __future__ import annotations

from typing import Final

import structlog
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from deskbridge.accounts import sessions
from deskbridge.accounts.model import User
from deskbridge.accounts.session_store import SessionId
from deskbridge.api.desk import Desk, origin_of
from deskbridge.api.security import own_origins
from deskbridge.conversations.post import Then
from deskbridge.conversations.sending import Sending
from deskbridge.conversations.writing import Written
from deskbridge.errors import DatabaseUnavailable, TooManyRequests
from deskbridge.realtime import protocol
from deskbridge.realtime.socket import SIGNED_OUT, TRY_AGAIN, Socket
from deskbridge.realtime.wire import AT_ONCE, Wire
from deskbridge.storage import feed

log = structlog.get_logger(__name__)

PATH: Final = "/api/v1/realtime"


async def serve_tab(desk: Desk, scope: Scope, receive: Receive, send: Send) -> None:
    """The frames of realtime/protocol.py; other web sites and strangers are turned away."""
    # First of all: until the wire is open nothing is read, so nothing waits here for a stranger.
    known = await _know(desk, HTTPConnection(scope))
    at_once = scope.get("extensions", {}).get(AT_ONCE, {}).get("tell")
    wire = Wire(receive, send, at_once)
    if not await wire.open():
        return
    if isinstance(known, int):
        await wire.close(known)
        return
    session_id, user = known
    # The server holds on to it; what it says of the handshake would be kept as long as the tab.
    scope.clear()
    await Socket(wire, user, desk.hub, desk.db, desk.board, desk.clock).serve(_Ties(desk, session_id, user))


async def _know(desk: Desk, asked: HTTPConnection) -> tuple[SessionId, User] | int:
    """Whose tab it is, or with which code it is closed; what was looked at for that is not kept."""
    token = sessions.SessionToken(asked.cookies.get(desk.cookie, ""))
    try:
        desk.rate_limit.check(token, origin_of(asked), PATH)
        session = await sessions.find(desk.db, token, desk.clock()) if token else None
    except TooManyRequests:
        return TRY_AGAIN
    except DatabaseUnavailable as error:
        log.warning("database_away", path=PATH, error=repr(error.__cause__)[:200])
        return TRY_AGAIN
    if session is None or session.lacks_factor or not _is_ours(desk, asked):
        return SIGNED_OUT
    desk.rate_limit.know(token, session.user.id)
    return session.id, session.user


def _is_ours(desk: Desk, asked: HTTPConnection) -> bool:
    # A browser always says it (docs/decisions/0027). None is no excuse: a proxy may have taken out another site's.
    origin = asked.headers.get("origin")
    is_ours = origin in own_origins(desk.settings.public_url, asked.headers.get("host"))
    if not is_ours:
        log.warning("tab_of_another_origin", origin=origin and origin[:200])
    return is_ours


class _Ties:
    """What a tab's socket asks of the rest, in the name of its session."""

    __slots__ = ("_desk", "_session_id", "_user_id")

    def __init__(self, desk: Desk, session_id: SessionId, user: User) -> None:
        self._desk = desk
        self._session_id = session_id
        self._user_id = user.id

    async def how_far(self) -> int | None:
        return await self._desk.roll_call.ask(self._session_id, feed.user_topic(self._user_id))

    def send(self, said: protocol.Send, then: Then) -> None:
        written = Written(said.client_id.lower(), said.text, said.reply_to, said.html, tuple(said.files))
        self._desk.post.put(Sending(self._session_id, said.conversation_id, written), then)

    def pace(self) -> None:
        self._desk.rate_limit.check_frame(self._user_id)
