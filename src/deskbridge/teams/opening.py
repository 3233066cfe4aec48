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
        notifications = [
            parse(Notification, each.item) if each.kind is ItemKind.NOTIFICATION else None for each in items
        ]
        keys = await self._keys(notifications)
        bodies = await self._opener.open_all([each.encrypted_content if each else None for each in notifications], keys)
        return [await self._open(link, *each) for each in zip(items, notifications, bodies, strict=True)]

    async def _keys(self, notifications: Sequence[Notification | None]) -> dict[str, rsa.RSAPrivateKey]:
        wanted = {
            each.encrypted_content.encryption_certificate_id
            for each in notifications
            if each and each.encrypted_content
        }
        return await self._certificates.private_keys(wanted) if wanted else {}

    async def _open(
        self, link: Link, item: Item, notification: Notification | None, body: bytes | CannotOpen
    ) -> Opened:
        if item.kind is ItemKind.COMPLETE:
            return CompleteUpTo(datetime.fromisoformat(item.item.decode()))
        if notification is None:
            return _translate(item.item, link)
        if notification.encrypted_content is not None:
            tenant_id = TenantId(notification.tenant_id or "")
            if not await self._proofs.are_right(item.proof, tenant_id):
                log.warning("wrong_proof", link_id=link.id)
                return Outcome.WRONG_PROOF
        if isinstance(body, CannotOpen):
            return await self._fetch(link, item)
        opened = _translate(body, link)
        is_other = isinstance(opened, MessageState) and opened.id != item.graph_message_id
        return await self._fetch(link, item) if is_other or opened is Outcome.UNREADABLE else opened

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


def _translate(body: bytes, link: Link) -> Opened:
    try:
        message = parse(ChatMessage, body)
    except Unreadable as error:
        log.warning("message_not_readable", link_id=link.id, error=str(error)[:200])
        return Outcome.UNREADABLE
    return message_from_graph(message, link.web_url) if is_to_be_shown(message) else Outcome.SYSTEM_EVENT
