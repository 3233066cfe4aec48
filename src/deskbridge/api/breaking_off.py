"""Answers that are sent piece by piece, when the next piece cannot be had: by then the status is sent.

Nobody may take for whole what is not. So the answer is left without its end and the connection is closed, which every
program that saves something notices.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import structlog

from deskbridge.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)


class BrokeOff(Exception):
    """It has been logged; the `Guard` ends the connection."""


async def or_break_off(pieces: AsyncIterator[bytes], size: int | None = None) -> AsyncIterator[bytes]:
    """The pieces; raises BrokeOff when the database goes away meanwhile, or they end before that many bytes."""
    sent = 0
    try:
        async for piece in pieces:
            sent += len(piece)
            yield piece
    except DatabaseUnavailable as error:
        log.warning("answer_broke_off", sent=sent, error=repr(error.__cause__)[:200])
        raise BrokeOff from error
    if size is not None and sent < size:
        log.warning("answer_broke_off", sent=sent, error="It is no longer kept.")
        raise BrokeOff
