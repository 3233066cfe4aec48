"""The certificates that Microsoft encrypts for; private keys are stored encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, LargeBinary, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.storage.schema import Moment, metadata

certificates = Table(
    "teams_certificates",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("certificate", LargeBinary, nullable=False),
    Column("private_key", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate (DER) and its private key (encrypted)."""

    id: str
    certificate: bytes
    private_key: bytes
    created_at: datetime


async def list_all(connection: AsyncConnection) -> list[CertificateRow]:
    """All of them, newest first."""
    rows = await connection.execute(select(certificates).order_by(certificates.c.created_at.desc(), certificates.c.id))
    return [CertificateRow(row.id, row.certificate, row.private_key, row.created_at) for row in rows]


async def insert(connection: AsyncConnection, row: CertificateRow) -> None:
    """A new certificate."""
    await connection.execute(
        certificates.insert().values(
            id=row.id, certificate=row.certificate, private_key=row.private_key, created_at=row.created_at
        )
    )


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Those that nothing can be encrypted for any more."""
    await connection.execute(delete(certificates).where(certificates.c.created_at < before))
