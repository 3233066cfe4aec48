"""Writes a migration from the difference between the migrations and the tables: tools/new_migration.py "Add x"."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from deskbridge import migrate, tables

_ = tables


def main() -> None:
    """Compare with an empty SQLite database that has run the migrations there are."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'empty.sqlite3'}"
        migrate.upgrade(url)
        config = migrate.config(url)
        numbers = sorted(Path(migrate.__file__).parent.glob("migrations/versions/0*.py"))
        command.revision(config, sys.argv[1], autogenerate=True, rev_id=f"{len(numbers) + 1:04}")


if __name__ == "__main__":
    main()
