"""`deskbridge audit` and `deskbridge keys`: what the operator reads, and with which status the command ends."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import pytest
from sqlalchemy import text

from deskbridge.clock import system_clock
from deskbridge.events import LocalBus
from deskbridge.settings import Settings
from deskbridge.storage.opening import open_database
from support.console import Operator, assert_sentence


@pytest.fixture
def console(operator: Operator, settings: Settings, stores: dict[str, Any]) -> Operator:
    """At an installation with an organisation, of which three things are in the log."""
    operator.set(data_dir=str(settings.data_dir), **stores)
    assert operator.run("account", "create", "Contoso").returncode == 0
    assert operator.run("account", "retention", "30").returncode == 0
    assert operator.run("account", "retention", "60").returncode == 0
    return operator


def in_the_database(statement: str) -> None:
    """Whoever has the database does that to it, past Deskbridge."""

    async def do() -> None:
        db = open_database(Settings.load().resolved_database_url, LocalBus(), system_clock)
        await db.start()
        async with db.transaction() as tx:
            await tx.connection.execute(text(statement))
        await db.close()

    asyncio.run(do())


def test_a_log_that_nobody_touched_holds(console: Operator) -> None:
    done = console.run("audit", "verify")

    assert done.returncode == 0
    assert done.stdout.startswith("The audit log holds: 3 entries, the last one's hash is ")
    last = done.stdout.rstrip(".\n").rpartition(" ")[2]
    rows = list(csv.DictReader(io.StringIO(console.run("audit", "export").stdout)))
    assert [each["action"] for each in rows] == ["account_created", *["retention_changed"] * 2, "exported"]
    assert rows[2]["hash"] == last


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET who = 'nobody' WHERE number = 2",
        "UPDATE audit SET action = 'nonsense' WHERE number = 2",
        "UPDATE audit SET detail = '[]' WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
    ],
)
def test_a_log_that_was_changed_is_told_by_the_entry(console: Operator, tampering: str) -> None:
    in_the_database(tampering)

    done = console.run("audit", "verify")

    assert_sentence(done, "The audit log does not hold at entry 2: it was changed outside of Deskbridge.")
    assert done.stdout == ""


def test_an_export_names_the_entry_that_cannot_be_read_and_has_all_others(console: Operator) -> None:
    in_the_database("UPDATE audit SET action = 'nonsense' WHERE number = 2")

    done = console.run("audit", "export")

    assert_sentence(done, "1 entries cannot be read", "deskbridge audit verify")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    expected = ["account_created", "unreadable", "retention_changed", "exported"]
    assert [(each["number"], each["action"]) for each in rows] == [
        (str(number), action) for number, action in enumerate(expected, 1)
    ]
    assert rows[1]["at"] == rows[1]["who"] == ""


def test_a_log_of_nobody_is_not_verified(console: Operator) -> None:
    assert_sentence(console.run("audit", "verify", "--account", "Fabrikam"), "There is no such account")
    console.run("account", "create", "Fabrikam")
    assert_sentence(console.run("audit", "verify"), "say which with --account NAME")
    assert "holds: 1 entries" in console.run("audit", "verify", "--account", "Fabrikam").stdout


def test_keys_are_prepared_rotated_and_forgotten(console: Operator, settings: Settings) -> None:
    file = settings.data_dir / "secret.key"
    old = file.read_text(encoding="utf-8").split()

    assert "known, but not used yet" in console.run("keys", "rotate", "--prepare").stdout
    assert file.read_text(encoding="utf-8").split()[0] == old[0]
    said = console.run("keys", "rotate").stdout
    assert "a new key is the first line now" in said
    assert "Every secret that opens uses the new key." in said
    assert file.read_text(encoding="utf-8").split()[1:] == old
    assert "removed 1 old keys" in console.run("keys", "rotate", "--forget-old").stdout
    assert old[0] not in file.read_text(encoding="utf-8")


def test_keys_that_cannot_be_rotated_stay(console: Operator, settings: Settings) -> None:
    file = settings.data_dir / "secret.key"
    before = file.read_bytes()
    assert_sentence(console.run("keys", "rotate", "--prepare", "--forget-old"), "not both")
    assert file.read_bytes() == before

    file.write_text("no key\n", encoding="utf-8")
    for words in ("rotate",), ("rotate", "--prepare"), ("rotate", "--forget-old"):
        assert_sentence(console.run("keys", *words), str(file), "DESKBRIDGE_SECRET_KEY_FILE")
    assert file.read_text(encoding="utf-8") == "no key\n"
