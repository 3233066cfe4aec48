"""Our certificates: one in use, made when needed; older private keys stay as long as something may come for them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from cryptography.hazmat.primitives.asymmetric import rsa

from deskbridge.clock import Clock
from deskbridge.storage.database import Database
from deskbridge.storage.schema import new_id
from deskbridge.teams.crypto import Vault
from deskbridge.teams.encryption import CERTIFICATE_IN_USE, CERTIFICATE_LIFETIME, load_private_key, make_certificate
from deskbridge.teams.store import certificates
from deskbridge.teams.store.certificates import CertificateRow


def _place(certificate_id: str) -> str:
    return f"teams_certificates.private_key:{certificate_id}"


class Certificates:
    """Private keys are decrypted once in each process."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock
        self._keys: dict[str, rsa.RSAPrivateKey] = {}
        self._turn = asyncio.Lock()

    async def current(self) -> CertificateRow:
        """The one to subscribe with."""
        async with self._turn:
            async with self._db.read() as connection:
                found = await certificates.list_all(connection)
            if found and found[0].created_at > self._clock() - CERTIFICATE_IN_USE:
                return found[0]
            return await self._make()

    async def private_keys(self, ids: Collection[str]) -> dict[str, rsa.RSAPrivateKey]:
        """Those of these certificates that are ours."""
        if not set(ids) <= self._keys.keys():
            async with self._db.read() as connection:
                for row in await certificates.list_all(connection):
                    if row.id in ids and row.id not in self._keys:
                        stored = self._vault.decrypt(row.private_key, _place(row.id))
                        self._keys[row.id] = load_private_key(stored)
        return {id_: self._keys[id_] for id_ in ids if id_ in self._keys}

    async def _make(self) -> CertificateRow:
        now = self._clock()
        made = await asyncio.to_thread(make_certificate, now)
        id_ = new_id()
        row = CertificateRow(id_, made.certificate, self._vault.encrypt(made.private_key, _place(id_)), now)
        async with self._db.transaction() as tx:
            await certificates.insert(tx.connection, row)
            await certificates.forget(tx.connection, now - CERTIFICATE_LIFETIME)
        return row
