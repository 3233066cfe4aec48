"""Keeps all processes told of whom people look at in this one, and its own board honest."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from deskbridge.errors import DatabaseUnavailable
from deskbridge.presence.attendance import Attendance
from deskbridge.presence.board import Board
from deskbridge.realtime.hub import Hub

log = structlog.get_logger(__name__)

GATHER: Final = timedelta(milliseconds=200)
"""What changes on many screens within this time is written down at once."""


async def keep_attendance(hub: Hub, attendance: Attendance, board: Board, stop: asyncio.Event) -> None:
    """Until told to stop; then nobody looks at anybody here."""
    while not stop.is_set():
        changes = [asyncio.create_task(each.wait()) for each in (hub.attendance_changed, stop)]
        try:
            await asyncio.wait(changes, timeout=attendance.rest.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in changes:
                each.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), GATHER.total_seconds())
        hub.attendance_changed.clear()
        board.forget_lapsed()
        try:
            await attendance.keep(hub.watched, hub.users)
        except (SQLAlchemyError, DatabaseUnavailable) as error:
            log.warning("attendance_not_kept", error=repr(error)[:200])
    await attendance.end()
