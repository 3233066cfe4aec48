"""kill -9, for real: the program in a process of its own, ended at any instant, started again on the same data."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deskbridge.app import open_desk
from deskbridge.settings import Settings
from support.agents import Agent
from support.builders import make_account, make_user
from support.servers import BIN, Sim, free_port, m365sim_server
from teams.office import ANNE, ROBIN
from teams.road import Road

MESSAGES = 6


@pytest.fixture(scope="module")
def m365() -> Iterator[dict[str, Any]]:
    """A tenant of its own: the product's process has the system's clock, and other tests advance their tenant's."""
    with m365sim_server() as info:
        yield info


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Two processes that share no event: ask again and again; the limit only ends a broken product."""
    async with asyncio.timeout(120):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


class Product:
    """`deskbridge serve`, as an operator runs it."""

    def __init__(self, settings: Settings, road: Road, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        secret = settings.microsoft_client_secret
        given = {
            "port": self.port,
            "public_url": self.url,
            "webhook_url": f"http://127.0.0.1:{self.port}",
            "data_dir": settings.data_dir,
            "microsoft_client_id": settings.microsoft_client_id,
            "microsoft_client_secret": secret.get_secret_value() if secret else "",
            "microsoft_login_url": settings.microsoft_login_url,
            "microsoft_graph_url": road.url,
            "microsoft_ca_file": settings.microsoft_ca_file,
        }
        if settings.database_url:
            given |= {"database_url": settings.database_url, "events_url": settings.events_url}
        self._env = {**os.environ, **{f"DESKBRIDGE_{name.upper()}": str(value) for name, value in given.items()}}
        self._log = folder / "product.log"
        self.settings = settings.model_copy(update={"public_url": self.url, "microsoft_graph_url": road.url})
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            command = str(BIN / "deskbridge"), "serve"
            self.process = await asyncio.create_subprocess_exec(*command, env=self._env, stdout=log, stderr=log)

        async def answers() -> bool:
            assert self.process is None or self.process.returncode is None, self._log.read_text()
            with contextlib.suppress(httpx.HTTPError):
                return (await client.get(f"{self.url}/healthz")).status_code == 200
            return False

        async with httpx.AsyncClient() as client:
            await until(answers)

    async def kill(self) -> None:
        assert self.process
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


@pytest.fixture
async def product(teams_settings: Settings, sim: Sim, road: Road, tmp_path: Path) -> AsyncIterator[Product]:
    """Running, with Anne and the directory in it."""
    product = Product(teams_settings, road, tmp_path)
    callback = f"{product.url}/api/v1/teams/callback"
    await sim.post(f"/apps/{sim.info['client_id']}/redirect-uris", {"redirect_uris": [callback]})
    async with open_desk(product.settings) as desk:
        account = await make_account(desk, teams_chat=True, tenant_id=sim.info["tenant_id"])
        await make_user(desk, account, "Anne Baker")
        await desk.connector.importer.run_once(account.id)
    await product.start()
    yield product
    await product.kill()


@pytest.mark.timeout(240)
async def test_killed_at_any_instant_nothing_is_lost_or_doubled(product: Product, sim: Sim) -> None:
    anne = Agent(product.url)
    await anne.sign_in("anne")
    await anne.connect_teams(ANNE)
    conversation = (await anne.start((await anne.find("robin"))["id"], "teams"))["id"]
    written: list[str] = []
    answered: list[str] = []

    async def there() -> list[Any]:
        chats = (await sim.get(f"/chats?user={ANNE}"))["value"]
        return list((await sim.get(f"/chats/{chats[0]['id']}"))["messages"]) if chats else []

    async def robin_has_seen_something() -> bool:
        return bool(await there())

    async def all_is_here_and_sent() -> bool:
        here = await anne.messages(conversation)
        is_sent = all(each["state"] == "sent" for message in here for each in message["deliveries"])
        return is_sent and sorted(each["text"] for each in here) == sorted(written + answered)

    for number in range(MESSAGES):
        written.append(f"From Anne {number}")
        await anne.send(conversation, written[-1])
        # Nothing is waited for: any instant is meant.
        await asyncio.sleep(random.uniform(0, 1.0))
        if number:
            await until(robin_has_seen_something)
            answered.append(f"From Robin {number}")
            await sim.post(f"/users/{ROBIN}/messages", {"to": ANNE, "text": answered[-1]})
            await asyncio.sleep(random.uniform(0, 0.3))
        await product.kill()
        await product.start()

    await until(all_is_here_and_sent)
    said = await there()
    assert sorted(each["text"] for each in said) == sorted(written + answered)
    assert [each["text"] for each in said if each["sender"] == "Anne Baker"] == written
    assert (await anne.snapshot())["connection"]["state"] == "connected"
    assert len((await sim.get("/subscriptions"))["value"]) == 1
    await anne.http.aclose()
