"""Turning what waits in the inbox into states of messages: prove, decrypt, parse, translate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from cryptography.hazmat.primitives.asymmetric import rsa

from deskbridge.storage.database import Database
from deskbridge.teams.applying import CompleteUpTo
from deskbridge.teams.certificates import Certificates
from deskbridge.teams.encryption import CannotOpen, Opener
from deskbridge.teams.graph_errors import Refused
from deskbridge.teams.ids import TenantId
from deskbridge.teams.outcomes import Outcome
from deskbridge.teams.reading import Reading
from deskbridge.teams.resources import ChatMessage, Notification, Unreadable, parse
from deskbridge.teams.store import connections
from deskbridge.teams.store.chats import Link
from deskbridge.teams.store.inbox import Item, ItemKind
from deskbridge.teams.tokens import NotConnected
from deskbridge.teams.translate import MessageState, is_to_be_shown, message_from_graph
from deskbridge.teams.validation_tokens import ValidationTokens

log = structlog.get_logger(__name__)

Opened = MessageState | CompleteUpTo | Outcome


class Opening:
    """Opens the items of one chat, many at once."""

    def __init__(
        self, db: Database, certificates: Certificates, proofs: ValidationTokens, reading: Reading, opener: Opener
    ) -> None:
        self._db = db
        self._certificates = certificates
        self._proofs = proofs
        self._reading = reading
        self._opener = opener

    async def open_all(self, link: Link, items: Sequence[Item]) -> list[Opened]:
        """Each one, in the same order. Raises NotYet or MicrosoftUnavailable: nothing was applied, come again."""
        opened = await self.open_here([(link, each) for each in items])
        return [
            await self._fetch(link, item) if each is None else each for item, each in zip(items, opened, strict=True)
        ]

    async def open_here(self, said: Sequence[tuple[Link, Item]]) -> list[Opened | None]:
        """Each one, of whatever chats, in the same order; None for what Graph has to be asked for."""
        notifications = [_notification(each) for _, each in said]
        keys = await self._keys(notifications)
        bodies = await self._opener.open_all([each.encrypted_content if each else None for each in notifications], keys)
        return [await self._open(*each) for each in zip(said, notifications, bodies, strict=True)]

    async def _keys(self, notifications: Sequence[Notification | None]) -> dict[str, rsa.RSAPrivateKey]:
        wanted = {
            each.encrypted_content.encryption_certificate_id
            for each in notifications
            if each and each.encrypted_content
        }
        return await self._certificates.private_keys(wanted) if wanted else {}

    async def _open(
        self, said: tuple[Link, Item], notification: Notification | None, body: bytes | CannotOpen
    ) -> Opened | None:
        link, item = said
        if item.kind is ItemKind.COMPLETE:
            return CompleteUpTo(datetime.fromisoformat(item.item.decode()))
        if item.kind is not ItemKind.NOTIFICATION:
            return _translate(item.item, link)
        if notification is None:
            return None
        if notification.encrypted_content is not None:
            tenant_id = TenantId(notification.tenant_id or "")
            if not await self._proofs.are_right(item.proof, tenant_id):
                log.warning("wrong_proof", link_id=link.id)
                return Outcome.WRONG_PROOF
        if isinstance(body, CannotOpen):
            return None
        opened = _translate(body, link)
        is_other = isinstance(opened, MessageState) and opened.id != item.graph_message_id
        return None if is_other or opened is Outcome.UNREADABLE else opened

    async def _fetch(self, link: Link, item: Item) -> Opened:
        """What cannot be opened is asked for: Graph always gives the current state (facts.md 7.3)."""
        async with self._db.read() as connection:
            row = await connections.find(connection, link.user_id)
        if row is None or not row.is_usable:
            # Connecting again reads the whole gap.
            return Outcome.UNREADABLE
        try:
            path = f"/chats/{link.chat_id}/messages/{item.graph_message_id}"
            return _translate((await self._reading.get(row, path)).body, link)
        except Refused as error:
            log.warning("message_not_read", link_id=link.id, error=str(error)[:200])
            return Outcome.GONE
        except NotConnected:
            return Outcome.UNREADABLE


def _notification(item: Item) -> Notification | None:
    """None for what was not told, and for what cannot be read."""
    if item.kind is not ItemKind.NOTIFICATION:
        return None
    try:
        return parse(Notification, item.item)
    except Unreadable:
        return None


def _translate(body: bytes, link: Link) -> Opened:
    try:
        message = parse(ChatMessage, body)
    except Unreadable as error:
        log.warning("message_not_readable", link_id=link.id, error=str(error)[:200])
        return Outcome.UNREADABLE
    return message_from_graph(message, link.web_url) if is_to_be_shown(message) else Outcome.SYSTEM_EVENT
