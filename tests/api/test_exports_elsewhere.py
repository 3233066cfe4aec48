"""What is exported is opened by other programs: what people chose as names and words must do nothing there."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pytest

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from deskbridge.api.exporting import harmless
from deskbridge.conversations.exporting import _with_pictures
from deskbridge.conversations.file_names import clean
from deskbridge.conversations.safe_html import clean as clean_html
from support.agents import Agent
from support.builders import make_account, make_talk, make_user

Browsers = Callable[[], Agent]
NAMES = [
    "../../up.txt",
    "..\\..\\up.txt",
    "/etc/passwd",
    "..",
    "",
    "nul.tar.gz",
    "CON .txt",
    "com¹.doc",
    "😀" * 150 + ".pdf",
]


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_an_archive_is_unpacked_wherever_whatever_its_files_were_called(
    desk: Desk, browser_of: Browsers, tmp_path: Path
) -> None:
    anne = browser_of()
    conversation = await make_talk(desk, anne)
    # The same twice, as many are called the same.
    for name in [*NAMES, *NAMES]:
        file_id = str(uuid4())
        path = f"/api/v1/conversations/{conversation}/files/{file_id}"
        assert (await anne.http.put(path, content=name.encode() or b"-", params={"name": name})).status_code == 201
        await anne.send(conversation, "here", files=[file_id])

    answer = await anne.http.get(f"/api/v1/conversations/{conversation}/export", params={"format": "zip"})

    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert len(set(archive.namelist())) == 2 * len(NAMES) + 2
        assert all(".." not in each.split("/") and not each.startswith("/") for each in archive.namelist())
        archive.extractall(tmp_path / "there")
    assert len([each for each in (tmp_path / "there" / "files").rglob("*") if each.is_file()]) == 2 * len(NAMES)


@pytest.mark.parametrize("name", ["nul.tar.gz", "CON .txt", "com¹.doc", "conout$", "AUX"])
def test_no_file_is_called_like_a_device(name: str) -> None:
    assert clean(name).startswith("_")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "＝1", " =1", "x;=1", "x; =1", "x\t@y", "x\n-1", "\tx"])
def test_no_cell_is_a_formula_whatever_parts_the_cells(cell: str) -> None:
    for parted in (";", "\t", "\n"):
        for each in harmless(cell).split(parted):
            assert not each.lstrip().startswith(("=", "+", "-", "@", "＝"))


def test_what_is_no_formula_stays_as_it_is() -> None:
    assert [harmless(each) for each in ("Anne; Ben", "a-b", "1 + 1 = 2", None)] == ["Anne; Ben", "a-b", "1 + 1 = 2", ""]


async def test_names_of_people_are_harmless_in_the_list_of_users(desk: Desk, browser_of: Browsers) -> None:
    account = await make_account(desk)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    await make_user(desk, account, '=HYPERLINK("https://evil.example")', username="eve")
    dana = browser_of()
    await dana.sign_in("dana")
    text = (await dana.http.get("/api/v1/admin/users.csv")).text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert '\'=HYPERLINK("https://evil.example")' in cells


def test_words_for_a_picture_end_no_element() -> None:
    """Where it is not shown, it is found by signs: those in its words are no such signs."""
    said = '<p><img src="hosted:a" alt="&gt;&lt;script&gt;alert(1)&lt;/script&gt;"></p>'
    shown = _with_pictures(clean_html(said), {})
    assert shown == '<p><span class="note">[image, in Microsoft Teams]</span></p>'
