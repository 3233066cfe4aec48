"""Our certificates: one in use, made when needed; older private keys stay as long as something may come for them.

Private keys are encrypted. When the key of the installation was lost, nobody can open them any more: then a new
certificate is made, the subscriptions get it, and what still comes for the old one is read from Teams instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import structlog
from cryptography.hazmat.primitives.asymmetric import rsa

from deskbridge.clock import Clock
from deskbridge.storage.database import Database
from deskbridge.storage.schema import new_id
from deskbridge.teams.crypto import CannotDecrypt, Vault
from deskbridge.teams.encryption import CERTIFICATE_IN_USE, CERTIFICATE_LIFETIME, load_private_key, make_certificate
from deskbridge.teams.store import certificates, subscriptions
from deskbridge.teams.store.certificates import CertificateRow

log = structlog.get_logger(__name__)


def place_of_private_key(certificate_id: str) -> str:
    """What a private key is bound to in the vault."""
    return f"teams_certificates.private_key:{certificate_id}"


class Certificates:
    """Private keys are decrypted once in each process."""

    def __init__(self, db: Database, vault: Vault, clock: Clock, bits: int = 2048) -> None:
        self._db = db
        self._bits = bits
        self._vault = vault
        self._clock = clock
        self._keys: dict[str, rsa.RSAPrivateKey] = {}
        self._turn = asyncio.Lock()

    async def current(self) -> CertificateRow:
        """The one to subscribe with."""
        async with self._turn:
            async with self._db.read() as connection:
                found = await certificates.list_all(connection)
            for row in found:
                key = self._key_of(row) if row.created_at > self._clock() - CERTIFICATE_IN_USE else None
                if key is not None and key.key_size == self._bits:
                    return row
            return await self._make()

    async def renew_what_is_lost(self) -> int:
        """Subscriptions whose certificate nobody can open get another one at once; how many."""
        async with self._db.read() as connection:
            lost = [row.id for row in await certificates.list_all(connection) if self._key_of(row) is None]
        if not lost:
            return 0
        log.error(
            "certificates_cannot_be_opened",
            how_many=len(lost),
            meaning="They were encrypted with a key that is not in the key file. New certificates are made and the "
            "subscriptions renewed by itself. Agents whose Microsoft tokens are lost too are asked to connect again.",
        )
        async with self._db.transaction() as tx:
            return await subscriptions.renew_now(tx.connection, lost, self._clock())

    async def private_keys(self, ids: Collection[str]) -> dict[str, rsa.RSAPrivateKey]:
        """Those of these certificates that are ours."""
        if not set(ids) <= self._keys.keys():
            async with self._db.read() as connection:
                for row in await certificates.list_all(connection):
                    if row.id in ids:
                        self._key_of(row)
        return {id_: self._keys[id_] for id_ in ids if id_ in self._keys}

    def _key_of(self, row: CertificateRow) -> rsa.RSAPrivateKey | None:
        """Opened once; None where the installation's keys do not open it."""
        if row.id not in self._keys:
            try:
                stored = self._vault.decrypt(row.private_key, place_of_private_key(row.id))
            except CannotDecrypt:
                return None
            self._keys[row.id] = load_private_key(stored)
        return self._keys[row.id]

    async def _make(self) -> CertificateRow:
        now = self._clock()
        made = await asyncio.to_thread(make_certificate, now, self._bits)
        id_ = new_id()
        row = CertificateRow(
            id_, made.certificate, self._vault.encrypt(made.private_key, place_of_private_key(id_)), now
        )
        async with self._db.transaction() as tx:
            await certificates.insert(tx.connection, row)
            await certificates.forget(tx.connection, now - CERTIFICATE_LIFETIME)
        return row
