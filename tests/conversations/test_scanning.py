"""What is attached goes past the operator's virus scanner, and none of it is kept when that says no, or nothing."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest

from conversations.test_files import give, pair, send
from deskbridge.errors import WrongSetting
from deskbridge.health.findings import Severity
from deskbridge.operating.surroundings import check_scanner
from deskbridge.settings import Settings
from support.agents import Agent
from support.pixel import PIXEL

__all__ = ["pair"]
one_machine = pytest.mark.parametrize("machines", ["one machine"], indirect=True)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
Pair = tuple[Agent, Agent, str]


class Scanner:
    """Speaks as clamd does, and knows the one file that all scanners know."""

    def __init__(self) -> None:
        self.most = 3 * 1024 * 1024
        self.seen: list[int] = []
        self.instead: bytes | None = None
        """What it says whatever it is given."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\0")
        if asked == b"zPING\0":
            writer.write(b"PONG\0")
            writer.close()
            return
        assert asked == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        self.seen.append(len(content))
        said = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        if len(content) > self.most:
            said = b"INSTREAM size limit exceeded. ERROR\0"
        writer.write(said if self.instead is None else self.instead)
        writer.close()


@pytest.fixture
async def scanner(settings: Settings) -> AsyncIterator[Scanner]:
    there = Scanner()
    async with await asyncio.start_unix_server(there, str(settings.data_dir / "clamd")):
        yield there


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"scanner_url": f"unix://{settings.data_dir / 'clamd'}"})


@one_machine
async def test_what_the_scanner_knows_is_not_kept(scanner: Scanner, pair: Pair) -> None:
    anne, ben, conversation = pair
    fine = await give(anne, conversation, b"x" * (2 * 1024 * 1024 + 1))
    assert (fine.status_code, scanner.seen) == (201, [2 * 1024 * 1024 + 1])

    id_ = "11111111-2222-4333-8444-555555555555"
    harmful = await give(anne, conversation, b"Hello " + EICAR, id_=id_)
    assert (harmful.status_code, harmful.json()["code"]) == (422, "harmful_file")
    # Nothing is there that a message could take along.
    assert (await send(anne, conversation, id_)).json()["code"] == "file_missing"
    path = f"/api/v1/conversations/{conversation}/images/{id_}"
    picture = await anne.http.put(path, content=PIXEL + EICAR)
    assert (picture.status_code, picture.json()["code"]) == (422, "harmful_file")

    assert (await send(anne, conversation, fine.json()["id"])).status_code == 201
    (seen,) = await ben.messages(conversation)
    assert [each["name"] for each in seen["attachments"]] == ["a.txt"]


@one_machine
@pytest.mark.parametrize("said", [b"", b"stream: O", b"stream: OK", b"\xff\0", b"ERROR\0", b"x" * 10_000, b"OK\0"])
async def test_what_could_not_be_scanned_is_not_taken(scanner: Scanner, pair: Pair, said: bytes) -> None:
    anne, _, conversation = pair
    scanner.instead = said
    answer = await give(anne, conversation)
    assert (answer.status_code, answer.json()["code"]) == (503, "scanner_unavailable")


@one_machine
async def test_what_is_too_large_for_the_scanner_is_not_taken(scanner: Scanner, pair: Pair) -> None:
    anne, _, conversation = pair
    answer = await give(anne, conversation, b"x" * (scanner.most + 1))
    assert (answer.status_code, answer.json()["code"]) == (503, "scanner_unavailable")


@one_machine
async def test_while_no_scanner_answers_nothing_is_taken(pair: Pair) -> None:
    anne, _, conversation = pair
    answer = await give(anne, conversation)
    assert (answer.status_code, answer.json()["code"]) == (503, "scanner_unavailable")


@one_machine
async def test_the_doctor_says_whether_the_scanner_answers(settings: Settings) -> None:
    (away,) = await check_scanner(settings)
    assert (away.severity, "nobody can attach anything" in away.says) == (Severity.WARNING, True)
    async with await asyncio.start_unix_server(Scanner(), str(settings.data_dir / "clamd")):
        (there,) = await check_scanner(settings)
    assert there.severity is Severity.OK
    assert await check_scanner(settings.model_copy(update={"scanner_url": None})) == []


@pytest.mark.parametrize("wrong", ["127.0.0.1:3310", "tcp://127.0.0.1", "unix://", "http://x:1"])
def test_an_address_that_is_no_scanners_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("DESKBRIDGE_SCANNER_URL", wrong)
    with pytest.raises(WrongSetting, match="unix:// with the path of a socket"):
        Settings.load()


def test_a_scanner_on_another_machine_has_to_be_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKBRIDGE_SCANNER_URL", "tcp://scanner.example.com:3310")
    with pytest.raises(WrongSetting, match="without TLS"):
        Settings.load()
    assert Settings.load(accept_plain_connections=True).scanner_url
    monkeypatch.setenv("DESKBRIDGE_SCANNER_URL", "tcp://127.0.0.1:3310")
    assert Settings.load().scanner_url
