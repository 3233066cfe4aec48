"""The `deskbridge` command: every trouble is a sentence and an exit status, never a traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("deskbridge")


def run(folder: Path, *words: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """The command in that folder with these settings."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("DESKBRIDGE_")}
    env |= {f"DESKBRIDGE_{name.upper()}": value for name, value in {"data_dir": str(folder), **settings}.items()}
    return subprocess.run(
        [str(COMMAND), *words],
        input=given,
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_sentence(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """It ended badly, and in words."""
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in done.stderr


@pytest.mark.parametrize("words", [("serve",), ("migrate",)])
def test_a_wrong_port_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert_sentence(run(tmp_path, *words, port="eighty"), "DESKBRIDGE_PORT", "Example: DESKBRIDGE_PORT=8000")


def test_a_port_in_use_is_said_to_be(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_sentence(
            run(tmp_path, "serve", port=port), f"The port {port} on 127.0.0.1 is in use", "DESKBRIDGE_PORT="
        )


@pytest.mark.parametrize("words", [("serve",), ("migrate",), ("account", "create", "Contoso")])
def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    done = run(tmp_path, *words, data_dir=str(tmp_path / "file" / "data"), port="0")

    assert_sentence(done, str(tmp_path / "file" / "data"), "DESKBRIDGE_DATA_DIR")


def test_a_database_and_a_nats_server_that_do_not_answer_are_named(tmp_path: Path) -> None:
    nobody = "127.0.0.1:9"
    database = run(tmp_path, "account", "create", "Contoso", database_url=f"postgresql://x:secret@{nobody}/desk")
    assert_sentence(database, "DESKBRIDGE_DATABASE_URL")
    assert "x:secret" not in database.stderr
    assert_sentence(
        run(tmp_path, "account", "create", "Contoso", events_url=f"nats://{nobody}"), "DESKBRIDGE_EVENTS_URL"
    )


def test_an_operator_sets_up_an_organisation(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    made = run(tmp_path, "account", "create", "Contoso", "--teams-chat")
    assert (made.returncode, "Created the account 'Contoso'" in made.stdout) == (0, True)
    assert_sentence(run(tmp_path, "account", "create", "Contoso"), "named 'Contoso' already")

    user = ("user", "create", "anne", "--name", "Anne Baker", "--email", "anne@contoso.example")
    assert_sentence(run(tmp_path, *user, given="short\n"), "at least 8 characters")
    assert_sentence(run(tmp_path, *user, "--account", "Fabrikam", given="long enough\n"), "no such account")
    assert (
        "Created the user 'anne'" in run(tmp_path, *user, "--license", "contact_center", given="long enough\n").stdout
    )
    assert_sentence(run(tmp_path, *user, given="long enough\n"), "a user of that name already")


def test_the_schemas_are_written(tmp_path: Path) -> None:
    assert run(tmp_path, "openapi", str(tmp_path)).returncode == 0
    assert {"openapi.json", "protocol.schema.json"} <= {path.name for path in tmp_path.iterdir()}
