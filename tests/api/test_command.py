"""The `deskbridge` command: every trouble is a sentence and an exit status, never a traceback."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

from deskbridge.admin import csv_file
from support.console import Operator, assert_sentence


def test_a_wrong_port_is_named(operator: Operator) -> None:
    operator.set(port="eighty")

    assert_sentence(operator.run("migrate"), "DESKBRIDGE_PORT", "Example: DESKBRIDGE_PORT=8000")


def test_a_port_in_use_is_said_to_be(operator: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        operator.set(port=port)
        assert_sentence(operator.serve(), f"The port {port} on 127.0.0.1 is in use", "DESKBRIDGE_PORT=")


def test_a_data_folder_that_cannot_be_written_is_named(operator: Operator) -> None:
    (operator.folder / "file").write_text("", encoding="utf-8")
    folder = str(operator.folder / "file" / "data")
    operator.set(data_dir=folder, port="0")

    assert_sentence(operator.serve(), folder, "DESKBRIDGE_DATA_DIR")
    assert_sentence(operator.run("migrate"), folder, "DESKBRIDGE_DATA_DIR")
    assert_sentence(operator.run("account", "create", "Contoso"), folder, "DESKBRIDGE_DATA_DIR")


def test_a_database_that_does_not_answer_is_named_without_its_password(operator: Operator) -> None:
    operator.set(database_url="postgresql://x:secret@127.0.0.1:9/desk")

    done = operator.run("account", "create", "Contoso")

    assert_sentence(done, "DESKBRIDGE_DATABASE_URL")
    assert "x:secret" not in done.stderr


def test_a_nats_server_that_does_not_answer_is_named(operator: Operator) -> None:
    operator.set(events_url="nats://127.0.0.1:9")

    assert_sentence(operator.run("account", "create", "Contoso"), "DESKBRIDGE_EVENTS_URL")


def test_an_operator_sets_up_an_organisation(operator: Operator) -> None:
    assert operator.run("migrate").returncode == 0
    assert "Created the account 'Contoso'" in operator.run("account", "create", "Contoso", "--teams-chat").stdout
    assert_sentence(operator.run("account", "create", "Contoso"), "named 'Contoso' already")

    anne = ("user", "create", "anne", "--name", "Anne Baker", "--email", "anne@contoso.example")
    assert_sentence(operator.run(*anne, given="short\n"), "at least 8 characters")
    assert_sentence(operator.run(*anne, "--account", "Fabrikam", given="long enough\n"), "no such account")
    done = operator.run(*anne, "--license", "contact_center", given="long enough\n")
    assert "Created the user 'anne'" in done.stdout
    assert_sentence(operator.run(*anne, given="long enough\n"), "a user of that name already")


def test_an_operator_is_given_a_code_until_there_is_an_organisation(operator: Operator) -> None:
    said = operator.run("setup-code").stdout
    assert re.search(r"http://localhost:8000/set-up#(\w{4}-){3}\w{4}\n", said), said
    operator.run("account", "create", "Contoso")
    assert_sentence(operator.run("setup-code"), "There is an organization already")

    tenant = "99999999-8888-7777-6666-555555555555"
    assert tenant in operator.run("account", "tenant", tenant).stdout
    assert operator.run("account", "tenant", "organizations").returncode == 2
    assert "deletes messages after 30 days" in operator.run("account", "retention", "30").stdout
    assert operator.run("account", "retention", "-1").returncode == 2
    log = operator.run("audit", "export").stdout
    assert "account_created" in log
    assert "tenant_changed" in log
    assert "retention_changed" in log
    assert log.rstrip().splitlines()[-1].split(",")[2] == "exported"


def test_an_operator_imports_a_file_of_users(operator: Operator, tmp_path: Path) -> None:
    operator.run("account", "create", "Contoso")
    file = tmp_path / "users.csv"
    assert_sentence(operator.run("import-csv", str(file)), "cannot be read")
    file.write_text("username,name\nanne,Anne\n", encoding="utf-8")
    assert_sentence(operator.run("import-csv", str(file)), "email")
    file.write_bytes(b"a" * (csv_file.MOST_BYTES + 1))
    assert_sentence(operator.run("import-csv", str(file)), "larger than 10 MB")
    file.write_text("username,name,email\nanne,Anne Baker,anne@x.example\nben,,ben@x.example\n", encoding="utf-8")

    said = operator.run("import-csv", str(file)).stdout

    assert "Line 3: ben@x.example: Has no name." in said
    assert "Read 2: added 1, changed 0" in said
    assert "skipped: 1 no_name" in said


def test_the_doctor_fails_only_for_what_does_not_work(operator: Operator) -> None:
    assert operator.run("doctor").returncode == 0  # Nothing is there yet.
    operator.run("migrate")
    done = operator.run("doctor", "--json")
    assert done.returncode == 1
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["says"] for each in findings if each["severity"] == "problem"] == ["There are no credentials."]
    assert all(each["remedy"] for each in findings if each["severity"] != "ok")


def test_a_backup_is_restored_in_another_place(operator: Operator) -> None:
    operator.run("account", "create", "Contoso")
    done = operator.run("backup", str(operator.folder / "backup.gz"))
    assert "Keep the key file too" in done.stdout
    assert_sentence(operator.run("restore", str(operator.folder / "backup.gz")), "not empty")

    operator.set(data_dir=str(operator.folder / "elsewhere"))
    done = operator.run("restore", str(operator.folder / "backup.gz"))
    assert done.returncode == 0, done.stderr
    assert_sentence(operator.run("account", "create", "Contoso"), "named 'Contoso' already")
    operator.set(data_dir=str(operator.folder / "nowhere"))
    assert_sentence(operator.run("restore", str(operator.folder / "absent")), "not a whole backup")


def test_the_schemas_are_written(operator: Operator) -> None:
    assert operator.run("openapi", str(operator.folder)).returncode == 0
    assert {path.name for path in operator.folder.glob("*.json")} == {"openapi.json", "protocol.schema.json"}
