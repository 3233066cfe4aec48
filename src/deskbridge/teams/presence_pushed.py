"""Presence that Microsoft pushes: proved, opened and put on the board, from memory (docs/decisions/0009).

Nothing of it is stored before it is acknowledged. What is lost when a process is killed, or does not fit in here, is
read again: presence is worthless once there is a newer one, and reading gives the newest.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.clock import Clock
from deskbridge.errors import DatabaseUnavailable, MicrosoftUnavailable
from deskbridge.presence.board import Board
from deskbridge.presence.model import Presence, Said
from deskbridge.storage.database import Database
from deskbridge.teams.certificates import Certificates
from deskbridge.teams.encryption import CannotOpen, Opener
from deskbridge.teams.ids import MicrosoftUserId, TenantId
from deskbridge.teams.intake import proof_of
from deskbridge.teams.outcomes import Outcome, count
from deskbridge.teams.presence_resources import Presence as GraphPresence
from deskbridge.teams.presence_together import ReadTogether
from deskbridge.teams.resources import Unreadable, parse
from deskbridge.teams.store import connections, watches
from deskbridge.teams.store.watches import Seen
from deskbridge.teams.translate import presence_from_graph, status_message_from_graph
from deskbridge.teams.validation_tokens import ValidationTokens
from deskbridge.teams.verified import Verified

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 20_000
"""Items; a burst of ten seconds of 2,000 a second."""
AT_ONCE: Final = 500

_Opened = tuple[Verified, GraphPresence]
_OfAccount = dict[AccountId, list[_Opened]]
_Whose = dict[tuple[AccountId, str], Seen]


@dataclass(frozen=True, slots=True)
class Pushed:
    """An item that knew our secret, and the proofs that came with it."""

    verified: Verified
    proof: str


class PushedPresence:
    """One per process; `put` never waits."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        board: Board,
        certificates: Certificates,
        proofs: ValidationTokens,
        ways: tuple[Opener, ReadTogether],
    ) -> None:
        self._db = db
        self._clock = clock
        self._board = board
        self._certificates = certificates
        self._proofs = proofs
        self._opener, self._together = ways
        self._waiting: asyncio.Queue[Pushed] = asyncio.Queue(MOST_WAITING)
        self._missed: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def put(self, items: Sequence[Verified], validation_tokens: list[str] | None) -> None:
        """To be applied soon; what there is no room for is read instead."""
        proof = proof_of(validation_tokens)
        for each in items:
            try:
                self._waiting.put_nowait(Pushed(each, proof))
            except asyncio.QueueFull:
                self._missed.add(each.subscription.id)
                count(Outcome.OVERFLOWED)

    def start(self) -> None:
        """Begin to apply."""
        self._task = asyncio.create_task(self._run(), name="presence-pushed")

    async def settle(self) -> None:
        """Until everything that waits has been applied."""
        await self._waiting.join()

    async def close(self) -> None:
        """Leave off."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            items = [await self._waiting.get()]
            while len(items) < AT_ONCE and not self._waiting.empty():
                items.append(self._waiting.get_nowait())
            try:
                await self._apply(items)
            except (SQLAlchemyError, DatabaseUnavailable) as error:
                log.warning("presence_not_applied", error=repr(error)[:200])
                self._missed |= {each.verified.subscription.id for each in items}
            finally:
                await self._confess()
                for _ in items:
                    self._waiting.task_done()

    async def _apply(self, all_items: Sequence[Pushed]) -> None:
        newest = {(each.verified.subscription.id, each.verified.item.resource): each for each in all_items}
        items = list(newest.values())
        count(Outcome.STALE, len(all_items) - len(items))
        done = await self._together.read([each.verified for each in items])
        await self._open_all([each for place, each in enumerate(items) if place not in done])

    async def _open_all(self, items: Sequence[Pushed]) -> None:
        contents = [each.verified.item.encrypted_content for each in items]
        wanted = {each.encryption_certificate_id for each in contents if each}
        keys = await self._certificates.private_keys(wanted) if wanted else {}
        bodies = await self._opener.open_all(contents, keys)
        proved = {each: await self._is_proved(*each) for each in {_proof_of(item) for item in items}}
        opened = [
            (each.verified, said)
            for each, body in zip(items, bodies, strict=True)
            if (said := self._open(each, body, is_proved=proved[_proof_of(each)])) is not None
        ]
        await self._put_on_board(opened)

    async def _is_proved(self, proof: str, tenant_id: TenantId) -> bool | None:
        """None when it cannot be said now."""
        try:
            return await self._proofs.are_right(proof, tenant_id)
        except MicrosoftUnavailable:
            return None

    def _open(self, pushed: Pushed, body: bytes | CannotOpen, *, is_proved: bool | None) -> GraphPresence | None:
        if is_proved is None:
            # Reading needs no proof.
            self._missed.add(pushed.verified.subscription.id)
            return None
        if not is_proved:
            log.warning("wrong_proof", kind="presence")
            count(Outcome.WRONG_PROOF)
            return None
        try:
            return parse(GraphPresence, _opened(body))
        except (CannotOpen, Unreadable) as error:
            log.warning("presence_not_readable", error=str(error)[:200])
            count(Outcome.UNREADABLE)
            self._missed.add(pushed.verified.subscription.id)
            return None

    async def _put_on_board(self, opened: Sequence[_Opened]) -> None:
        """In the order in which they came; all of an Account are looked up together."""
        if not opened:
            return
        of_account, whose = await self._db.read_through(lambda there: _look_up(there, opened))
        for account_id, mine in of_account.items():
            known = [
                self._said(seen, said, by) for by, said in mine if (seen := whose.get((account_id, said.id.casefold())))
            ]
            count(Outcome.NOT_OURS, len(mine) - len(known))
            count(Outcome.CHANGED, len(known))
            await self._board.update_in_turns(account_id, known)

    def _said(self, seen: Seen, said: GraphPresence, by: Verified) -> Said:
        now = self._clock()
        availability, activity = presence_from_graph(said.availability, said.activity)
        before = self._board.find(seen.identity_id)
        # A notification has no status message (facts.md 4): the one that was read stays.
        message = status_message_from_graph(said, now) or (before.status_message if before else None)
        live_until = by.subscription.expires_at
        presence = Presence(
            availability=availability,
            activity=activity,
            source="teams",
            as_of=now,
            status_message=message,
            live=live_until is not None,
        )
        return Said(
            person_id=seen.person_id,
            identity_id=seen.identity_id,
            presence=presence,
            version=said.sequence_number,
            live_until=live_until,
        )

    async def _confess(self) -> None:
        """What was missed is read again."""
        missed, self._missed = self._missed, set()
        if not missed:
            return
        try:
            async with self._db.transaction() as tx:
                await watches.read_again(tx.connection, missed)
                for account_id in await watches.list_accounts(tx.connection, self._clock()):
                    tx.announce(f"attendance.{account_id}")
        except (SQLAlchemyError, DatabaseUnavailable) as error:
            log.warning("presence_missed", error=repr(error)[:200])
            self._missed |= missed


async def _look_up(connection: AsyncConnection, opened: Sequence[_Opened]) -> tuple[_OfAccount, _Whose]:
    of_account: _OfAccount = defaultdict(list)
    whose: _Whose = {}
    accounts = await connections.list_accounts(connection, {by.subscription.user_id for by, _ in opened})
    for by, said in opened:
        if account_id := accounts.get(by.subscription.user_id):
            of_account[account_id].append((by, said))
    for account_id, mine in of_account.items():
        ids = {MicrosoftUserId(said.id) for _, said in mine}
        for each in await watches.list_by_microsoft_ids(connection, account_id, ids):
            whose[account_id, each.microsoft_user_id.casefold()] = each
    return of_account, whose


def _proof_of(pushed: Pushed) -> tuple[str, TenantId]:
    return pushed.proof, TenantId(pushed.verified.item.tenant_id or "")


def _opened(body: bytes | CannotOpen) -> bytes:
    if isinstance(body, CannotOpen):
        raise body
    return body
