"""The webhook: prove, store, then 202 (facts.md 7.2 to 7.6). A plain ASGI application: this path is measured.

Each item stands for itself: one with a wrong clientState is dropped, the good ones beside it are kept, and the answer
is 202 all the same; any other answer would bring the good ones again. What belongs to no Conversation here is dropped
before it is stored or decrypted (H4). Only when it cannot be stored, or not soon, is the answer 503, and Graph tries
again. `intake.py` does all that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs

import structlog
from sqlalchemy.exc import SQLAlchemyError

from deskbridge.clock import Clock
from deskbridge.errors import DatabaseUnavailable
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.bodies import Bodies, NotRead, Receive
from deskbridge.teams.intake import Intake, NoRoom
from deskbridge.teams.outcomes import Outcome, count
from deskbridge.teams.resources import NotificationBatch, Unreadable, parse
from deskbridge.teams.store import connections, gaps, subscriptions
from deskbridge.teams.store.subscriptions import PRESENCE
from deskbridge.teams.verified import Verified

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

MOST_TOKEN: Final = 4096

OnPresence = Callable[[Sequence[Verified], list[str] | None], None]
"""Takes what is told of presence, with the proofs that came with it; never waits."""


class Notifications:
    """To be mounted where `notificationUrl` and `lifecycleNotificationUrl` lead."""

    def __init__(self, db: Database, clock: Clock, on_presence: OnPresence) -> None:
        self._db = db
        self._clock = clock
        self._on_presence = on_presence
        self._intake = Intake(db, clock)
        self.bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", ""))).strip("/")
        if path not in {"notifications", "lifecycle"}:
            await _answer(send, 404)
        elif scope["method"] != "POST":
            await _answer(send, 405)
        elif tokens := parse_qs(scope.get("query_string", b"").decode("latin-1")).get("validationToken"):
            # The handshake: the decoded token as plain text, so that nothing in it can act as a page.
            good = len(tokens[0]) <= MOST_TOKEN
            await _answer(send, 200 if good else 400, tokens[0].encode() if good else b"")
        else:
            await self._take(path, receive, send)

    async def _take(self, path: str, receive: Receive, send: Send) -> None:
        try:
            batch = parse(NotificationBatch, await self.bodies.read(receive))
        except NotRead as refusal:
            await _answer(send, refusal.status, closes=refusal.closes)
            return
        except Unreadable:
            count(Outcome.UNREADABLE)
            await _answer(send, 400)
            return
        try:
            await (self._store(batch) if path == "notifications" else self._store_lifecycle(batch))
        except NoRoom:
            await _answer(send, 503)
            return
        except (SQLAlchemyError, DatabaseUnavailable) as error:
            log.warning("notifications_not_stored", error=repr(error)[:300])
            await _answer(send, 503)
            return
        await _answer(send, 202)

    async def _store(self, batch: NotificationBatch) -> None:
        others = await self._intake.take(batch)
        # Lifecycle events come here when the subscription has no address of its own for them.
        await self._apply_lifecycle([each for each in others if each.item.lifecycle_event])
        if presences := [each for each in others if not each.item.lifecycle_event]:
            # Not stored: the next one replaces it, and what is lost is read (docs/decisions/0009).
            self._on_presence(presences, batch.validation_tokens)

    async def _store_lifecycle(self, batch: NotificationBatch) -> None:
        await self._apply_lifecycle(await self._intake.verify(batch))

    async def _apply_lifecycle(self, verified: list[Verified]) -> None:
        if not verified:
            return
        async with self._db.transaction() as tx:
            for each in verified:
                await _on_lifecycle(tx, each, self._clock())
        count(Outcome.LIFECYCLE, len(verified))


async def _on_lifecycle(tx: Transaction, verified: Verified, now: datetime) -> None:
    """Written down, so that it is done even when we are killed now (facts.md 7.6)."""
    row = verified.subscription
    match (verified.item.lifecycle_event or "").casefold():
        case "reauthorizationrequired":
            await subscriptions.update_columns(tx.connection, row.id, renew_at=now)
        case "subscriptionremoved":
            await subscriptions.update_columns(tx.connection, row.id, subscription_id=None, renew_at=now)
        case "missed":
            await gaps.ask_for_sync(tx.connection, row.user_id, has_gap=True)
            tx.announce(f"teams_sync.{row.user_id}")
    carrier = await connections.find(tx.connection, row.user_id) if row.kind == PRESENCE else None
    tx.announce(f"attendance.{carrier.account_id}" if carrier else f"teams_subscriptions.{row.user_id}")


async def _answer(send: Send, status: int, body: bytes = b"", *, closes: bool = False) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *([(b"connection", b"close")] if closes else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
