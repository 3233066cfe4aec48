"""Bringing a database to this version's schema, with Alembic and its own blocking connection."""

from __future__ import annotations

import asyncio
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from deskbridge.addresses import for_driver

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).resolve().parent


def config(url: str) -> Config:
    """Where Alembic finds the migrations and the database."""
    from alembic.config import Config  # Only where there is something to migrate: others start sooner without.

    found = Config()
    found.set_main_option("script_location", str(_HERE / "migrations"))
    found.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    found.attributes["url"] = url
    return found


def upgrade(url: str) -> None:
    """Run what is missing; nothing when all is there. Safe to run twice at once."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    from alembic import command  # Only here, as above.

    command.upgrade(config(url), "head")


@cache
def revision() -> str:
    """Which version of the schema this code is for: that of the last migration, by whose number its file is named."""
    return max(each.name.partition("_")[0] for each in (_HERE / "migrations" / "versions").glob("[0-9]*.py"))


class Standing(Enum):
    """How a database's schema stands to this code."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


def is_newer(found: str | None, known: str) -> bool:
    """Whether a later version has migrated the database; revisions are numbers of four digits.

    A process goes on with it: migrations only add until the next release (docs/operating.md, Upgrading).
    """
    return (found or "") > known


def standing(url: str) -> Standing:
    """How the database of that address stands to this code."""
    found = _found(url)
    if found == revision():
        return Standing.CURRENT
    return Standing.NEWER if is_newer(found, revision()) else Standing.OLDER


def _found(url: str) -> str | None:
    def head(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)

    async def ask() -> str | None:
        address, tls = for_driver(url)
        engine = create_async_engine(address.replace("sqlite://", "sqlite+aiosqlite://", 1), connect_args=tls)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(head)
        finally:
            await engine.dispose()

    return asyncio.run(ask())
