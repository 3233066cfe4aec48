"""Something large is on its way to a browser, and the rest cannot be had: nobody takes for whole what is not."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import Callable
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy import delete
from structlog.testing import capture_logs

from deskbridge.api.desk import Desk
from deskbridge.conversations.file_tables import parts
from support.agents import Agent
from support.builders import make_account, make_user
from support.servers import Postgres

LARGE = 12 * 1024 * 1024
"""More than the system takes before anybody reads it."""


@pytest.fixture
async def anne(desk: Desk, browser_of: Callable[[], Agent]) -> Agent:
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter")
    anne = browser_of()
    await anne.sign_in("anne")
    return anne


async def give(anne: Agent) -> tuple[str, str]:
    """She sent Ben something large: the address of the whole conversation, and that of the file."""
    conversation = (await anne.start((await anne.find("ben"))["id"]))["id"]
    file_id = str(uuid4())
    given = await anne.http.put(f"/api/v1/conversations/{conversation}/files/{file_id}", content=bytes(LARGE))
    assert given.status_code == 201
    sent = await anne.send(conversation, "here", files=[file_id])
    return f"/api/v1/conversations/{conversation}/export", sent["attachments"][0]["address"]


async def broken(anne: Agent, path: str, after_the_first: Callable[[], object]) -> list[str]:
    """What is logged as it breaks off, without what is done in the background."""
    with capture_logs() as said:
        async with anne.http.stream("GET", path, params={"format": "zip"}) as answer:
            assert answer.status_code == 200
            pieces = answer.aiter_raw()
            await anext(pieces)
            await asyncio.to_thread(after_the_first)
            with pytest.raises(httpx.RemoteProtocolError):
                async for _ in pieces:
                    pass
    assert [each["event"] for each in said if each["log_level"] in {"error", "critical"}] == []
    return [each["event"] for each in said if "sent" in each]


# The server says that the answer has no end; in the product's log the one line stands for it.
@pytest.mark.troubles("uvicorn.error")
@pytest.mark.parametrize("machines", ["many machines"], indirect=True)
async def test_the_database_goes_away(anne: Agent, postgres: Postgres) -> None:
    export, file = await give(anne)
    for path in (export, file):
        assert await broken(anne, path, postgres.kill) == ["answer_broke_off"]
        await asyncio.to_thread(postgres.start)


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_somebody_else_holds_the_file_of_the_database(desk: Desk, anne: Agent) -> None:
    export, _ = await give(anne)
    path = desk.settings.resolved_database_url.removeprefix("sqlite:///")
    holder = sqlite3.connect(path, isolation_level=None)
    async with anne.http.stream("GET", export, params={"format": "zip"}) as answer:
        holder.execute("BEGIN EXCLUSIVE")
        whole = await answer.aread()
    holder.execute("ROLLBACK")
    holder.close()
    # Reading goes on meanwhile.
    with ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None


@pytest.mark.troubles("uvicorn.error")
@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_a_file_is_no_longer_kept(desk: Desk, anne: Agent) -> None:
    _, file = await give(anne)
    async with desk.db.transaction() as tx:
        await tx.connection.execute(delete(parts).where(parts.c.number > 0))
    assert await broken(anne, file, lambda: None) == ["answer_broke_off"]
