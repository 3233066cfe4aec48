"""Asks a ClamAV daemon whether what somebody attaches is known to be harmful, before any of it is kept.

Spoken is its `INSTREAM` (clamd(8)): pieces, each behind its length, an empty one at the end, and one line back. What
could not be looked at is not taken: whoever sets a scanner wants nothing unscanned.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import Final
from urllib.parse import urlsplit

import structlog

from deskbridge.accounts.model import User
from deskbridge.conversations.errors import HarmfulFile, ScannerUnavailable

log = structlog.get_logger(__name__)

WITHIN: Final = 30.0
"""Seconds for one file, of which most are unpacked in far less."""
_PIECE: Final = 1024 * 1024
_MOST_ANSWER: Final = 4096


async def scan(scanner: str | None, content: bytes, user: User) -> None:
    """Raises HarmfulFile, or ScannerUnavailable where nobody could say; without a scanner nothing is asked."""
    if scanner is None:
        return
    try:
        async with asyncio.timeout(WITHIN):
            said = await _ask(scanner, content)
    except (OSError, TimeoutError, ValueError) as error:
        log.warning("file_not_scanned", error=repr(error)[:200])
        raise ScannerUnavailable from error
    if said.endswith(" FOUND"):
        found = said.removesuffix(" FOUND").partition(": ")[2]
        log.warning("harmful_file", found=found[:200], user_id=user.id, size=len(content))
        raise HarmfulFile
    if said != "stream: OK":
        log.warning("file_not_scanned", error=said[:200])
        raise ScannerUnavailable


async def answers(scanner: str) -> bool:
    """Whether it is there."""
    try:
        async with asyncio.timeout(WITHIN):
            return await _exchange(scanner, b"zPING\0") == "PONG"
    except (OSError, TimeoutError, ValueError):
        return False


async def _ask(scanner: str, content: bytes) -> str:
    pieces = [content[begin : begin + _PIECE] for begin in range(0, len(content), _PIECE)]
    framed = b"".join(struct.pack("!I", len(each)) + each for each in pieces)
    return await _exchange(scanner, b"zINSTREAM\0" + framed + struct.pack("!I", 0))


async def _exchange(scanner: str, said: bytes) -> str:
    parts = urlsplit(scanner)
    if parts.scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(parts.path, limit=_MOST_ANSWER)
    else:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=_MOST_ANSWER)
    try:
        # It stops listening where something is too large, and has said so by then.
        with contextlib.suppress(ConnectionError):
            writer.write(said)
            await writer.drain()
        try:
            answer = await reader.readuntil(b"\0")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ValueError("no whole answer") from error
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()
    finally:
        writer.close()
