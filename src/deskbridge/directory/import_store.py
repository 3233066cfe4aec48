"""Tables and SQL of imports: where each is, what its report says of whom, and when the next one is due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    and_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId
from deskbridge.directory.imports import (
    WORDS,
    ImportKind,
    ImportSettings,
    ImportState,
    ImportView,
    ImportWait,
    Skipped,
    SkipReason,
    remaining_seconds,
)
from deskbridge.storage.schema import Moment, metadata

imports = Table(
    "imports",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("is_full", Boolean, nullable=False),
    Column("is_scheduled", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("total", Integer),
    # Where to go on, in words of the platform, and how much is done from there.
    Column("place", Text),
    Column("done", Integer, nullable=False),
    # Where the next import begins.
    Column("next_place", Text),
    # Who was chosen to be imported; and the file, while it is worked on.
    Column("chosen", Text, nullable=False),
    Column("source", Text),
    Column("counts", Text, nullable=False),
    Column("error", Text),
    # Why it does not go on at the moment, as an `ImportWait`.
    Column("waiting", Text),
    Index("ix_imports_latest", "account_id", "started_at"),
)

import_settings = Table(
    "import_settings",
    metadata,
    Column("account_id", String(36), ForeignKey("accounts.id"), primary_key=True),
    Column("settings", Text, nullable=False),
)

COUNTED = ("read", "added", "changed", "merged", "removed", "ambiguous")


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import: where it is, and what it has done so far. Links are Microsoft's, verbatim."""

    id: str
    account_id: AccountId
    kind: ImportKind
    state: ImportState
    is_full: bool
    is_scheduled: bool
    started_at: datetime
    finished_at: datetime | None = None
    total: int | None = None
    place: str | None = None
    done: int = 0
    next_place: str | None = None
    chosen: str = ""
    counts: Mapping[str, int] | None = None
    error: str | None = None
    waiting: ImportWait | None = None

    def shown(self, now: datetime) -> ImportView:
        """As an admin sees it."""
        counts = self.counts or {}
        is_running = self.state is ImportState.RUNNING
        skipped = [
            Skipped(reason=reason, words=WORDS[reason], count=counts[reason])
            for reason in SkipReason
            if reason in counts
        ]
        read = counts.get("read", 0)
        return ImportView(
            id=self.id,
            kind=self.kind,
            state=self.state,
            is_full=self.is_full,
            is_scheduled=self.is_scheduled,
            started_at=self.started_at,
            finished_at=self.finished_at,
            total=self.total,
            remaining_seconds=remaining_seconds(read, self.total, now - self.started_at) if is_running else None,
            skipped=skipped,
            error=self.error,
            waiting=self.waiting if is_running else None,
            **{name: counts.get(name, 0) for name in COUNTED},
        )


_COLUMNS = [column for column in imports.c if column.name != "source"]


def _import(row: Row[Any]) -> ImportRow:
    return ImportRow(
        id=row.id,
        account_id=row.account_id,
        kind=ImportKind(row.kind),
        state=ImportState(row.state),
        is_full=row.is_full,
        is_scheduled=row.is_scheduled,
        started_at=row.started_at,
        finished_at=row.finished_at,
        total=row.total,
        place=row.place,
        done=row.done,
        next_place=row.next_place,
        chosen=row.chosen,
        counts=json.loads(row.counts),
        error=row.error,
        waiting=ImportWait.model_validate_json(row.waiting) if row.waiting else None,
    )


async def insert_import(connection: AsyncConnection, row: ImportRow, source: str | None = None) -> None:
    """An import begins."""
    await connection.execute(
        imports.insert().values(
            id=row.id,
            account_id=row.account_id,
            kind=row.kind.value,
            state=row.state.value,
            is_full=row.is_full,
            is_scheduled=row.is_scheduled,
            started_at=row.started_at,
            total=row.total,
            place=row.place,
            done=row.done,
            chosen=row.chosen,
            source=source,
            counts=json.dumps(dict(row.counts or {})),
        )
    )


async def update_import(connection: AsyncConnection, import_id: str, **columns: Any) -> None:
    """It has come further."""
    if "counts" in columns:
        columns["counts"] = json.dumps(dict(columns["counts"]))
    if "state" in columns:
        columns["state"] = columns["state"].value
    if columns.get("waiting") is not None:
        columns["waiting"] = columns["waiting"].model_dump_json()
    await connection.execute(update(imports).where(imports.c.id == import_id).values(**columns))


async def find_import(
    connection: AsyncConnection, account_id: AccountId, import_id: str, *, lock: bool = False
) -> ImportRow | None:
    """That import of that Account; locked until the end of the transaction by whoever goes on with it."""
    query = select(*_COLUMNS).where(imports.c.id == import_id, imports.c.account_id == account_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    return _import(row) if row else None


async def source_of(connection: AsyncConnection, import_id: str) -> str:
    """The text of the file that is imported."""
    return str(await connection.scalar(select(imports.c.source).where(imports.c.id == import_id)) or "")


async def latest_imports(
    connection: AsyncConnection,
    account_id: AccountId,
    kind: ImportKind | None = None,
    at_most: int = 20,
    before: ImportRow | None = None,
) -> list[ImportRow]:
    """The last ones, newest first; or those that follow that one."""
    query = select(*_COLUMNS).where(imports.c.account_id == account_id)
    if kind is not None:
        query = query.where(imports.c.kind == kind.value)
    if before is not None:
        same_moment = and_(imports.c.started_at == before.started_at, imports.c.id > before.id)
        query = query.where(or_(imports.c.started_at < before.started_at, same_moment))
    newest = query.order_by(imports.c.started_at.desc(), imports.c.id).limit(at_most)
    return [_import(row) for row in await connection.execute(newest)]


async def find_last(
    connection: AsyncConnection, account_id: AccountId, kind: ImportKind, state: ImportState
) -> ImportRow | None:
    """The last import of that kind that is in that state."""
    query = select(*_COLUMNS).where(
        imports.c.account_id == account_id, imports.c.kind == kind.value, imports.c.state == state.value
    )
    row = (await connection.execute(query.order_by(imports.c.started_at.desc(), imports.c.id).limit(1))).first()
    return _import(row) if row else None


async def list_running(connection: AsyncConnection, kind: ImportKind) -> list[AccountId]:
    """Accounts whose import of that kind has not ended."""
    query = select(imports.c.account_id).where(
        imports.c.state == ImportState.RUNNING.value, imports.c.kind == kind.value
    )
    return list((await connection.scalars(query.distinct())).all())


async def get_settings(connection: AsyncConnection, account_id: AccountId) -> ImportSettings:
    """When and whom the Account imports."""
    query = select(import_settings.c.settings).where(import_settings.c.account_id == account_id)
    found = await connection.scalar(query)
    return ImportSettings.model_validate_json(found) if found else ImportSettings()


async def put_settings(connection: AsyncConnection, account_id: AccountId, settings: ImportSettings) -> None:
    """From now on; callers hold the Account's lock."""
    text = settings.model_dump_json()
    mine = import_settings.c.account_id == account_id
    changed = await connection.execute(update(import_settings).where(mine).values(settings=text))
    if not changed.rowcount:
        await connection.execute(import_settings.insert().values(account_id=account_id, settings=text))
