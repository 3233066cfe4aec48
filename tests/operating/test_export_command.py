"""`deskbridge export`: a whole conversation in a file, and in the audit log only where it got there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from support.agents import Agent
from support.console import Says, assert_sentence

PASSWORD = "a long enough secret"


@pytest.fixture
async def talk(says: Says, browser_of: Callable[[], Agent]) -> str:
    """Anne wrote to Ben, and then something else."""
    for name, license_ in (("anne", "contact_center"), ("ben", "work")):
        user = ("user", "create", name, "--name", name.title(), "--email", f"{name}@x.example", "--license", license_)
        assert (await says(*user, given=PASSWORD)).returncode == 0
    anne = browser_of()
    await anne.sign_in("anne", PASSWORD)
    conversation = (await anne.start((await anne.find("ben"))["id"]))["id"]
    sent = await anne.send(conversation, "first words")
    await anne.call("PATCH", f"/conversations/{conversation}/messages/{sent['id']}", json={"text": "second words"})
    return str(conversation)


async def exports(says: Says) -> list[str]:
    rows = csv.DictReader(io.StringIO((await says("audit", "export")).stdout))
    return [each["detail"] for each in rows if each["action"] == "conversation_exported"]


async def test_a_conversation_is_in_the_file_and_in_the_log(says: Says, talk: str, tmp_path: Path) -> None:
    page, data = tmp_path / "talk.html", tmp_path / "talk.json"

    done = await says("export", talk, str(page))
    assert done.stdout == f"{page}: the conversation of Anne with Ben.\n"
    assert (await says("export", talk, str(data), "--format", "json", "--versions")).returncode == 0
    both = tmp_path / "talk.zip"
    assert (await says("export", talk, str(both), "--format", "zip")).returncode == 0

    written = page.read_text(encoding="utf-8")
    assert ("second words" in written, "first words" in written) == (True, False)
    (message,) = json.loads(data.read_text(encoding="utf-8"))["messages"]
    assert [each["text"] for each in message["versions"]] == ["first words"]
    assert page.stat().st_mode & 0o777 == data.stat().st_mode & 0o777 == 0o600
    with ZipFile(both) as archive:
        assert archive.namelist() == ["conversation.html", "conversation.json"]
        assert b"second words" in archive.read("conversation.html")
    plain, whole, _ = await exports(says)
    assert f"conversation: {talk}" in plain
    assert ("versions: no; format: html" in plain, "versions: yes; format: json" in whole) == (True, True)


async def test_what_cannot_be_written_is_not_in_the_log(says: Says, talk: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken.html"
    taken.write_text("mine", encoding="utf-8")

    assert_sentence(await says("export", talk, str(taken)), "exists already")
    assert_sentence(await says("export", talk, str(tmp_path / "nowhere" / "talk.html")), "cannot be written")
    assert_sentence(await says("export", "nothing", str(tmp_path / "talk.html")), "There is no conversation 'nothing'")

    assert taken.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "talk.html").exists()
    assert await exports(says) == []
