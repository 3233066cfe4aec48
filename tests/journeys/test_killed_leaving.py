"""Killed while it deletes a user: nothing of it has happened, or all of it, and what is left at Microsoft goes."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deskbridge.accounts.model import License, Role
from deskbridge.app import open_desk
from deskbridge.conversations import service, views
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Platform
from deskbridge.directory.service import put_identity
from deskbridge.settings import Settings
from deskbridge.storage.schema import new_id
from support.agents import Agent
from support.builders import make_account, make_user
from support.errands import PATIENCE
from support.product import Product, command, environment, on_its_own_port
from support.rows import OF_PROCESSES, Rows, everything
from support.servers import Sim, own_m365
from support.talk import teams_user
from teams.conftest import SMALL_TENANT
from teams.office import ANNE

POINTS = (
    "INSERT INTO audit",
    "DELETE FROM sessions",
    "UPDATE deliveries",
    "UPDATE users SET username",
    "UPDATE messages SET author_name",
    "INSERT INTO feed_events",
    "COMMIT",
)
"""What a deletion does, in this order."""

# The product's process has the system's clock.
m365 = pytest.fixture(scope="module")(own_m365)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The product listens on a port of its own, as it is killed and started again."""
    return on_its_own_port(settings)


async def rows(settings: Settings) -> Rows:
    """All that is stored of people and what they said."""
    async with open_desk(settings) as desk:
        return {name: there for name, there in (await everything(desk.db)).items() if name not in OF_PROCESSES}


def delete_anne(settings: Settings, dies_at: str | None = None) -> str:
    """What `deskbridge user delete` says, or how its processes ended that were killed."""
    asked = [*command(dies_at), "user", "delete", "anne", "--erase-name", "--yes"]
    return subprocess.run(
        asked, env=environment(settings), capture_output=True, timeout=240, check=True
    ).stdout.decode()


@pytest.mark.timeout(300)
async def test_the_command_that_is_killed_has_done_nothing(settings: Settings) -> None:
    async with open_desk(settings) as desk:
        account = await make_account(desk, teams_chat=True)
        await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN, licenses=frozenset())
        anne = await make_user(desk, account, "Anne Baker")
        async with desk.db.transaction() as tx:
            identity_id, _ = await put_identity(tx, account.id, None, teams_user("Robin Hale"), desk.clock())
            robin = await directory_store.find_person_of_identity(tx.connection, account.id, identity_id)
            assert robin is not None
            talk = await service.start(tx, anne, robin.id, Platform.TEAMS, desk.clock())
            said = await service.send(tx, anne, talk.id, (new_id(), "Never leaves"), desk.clock())
    before = await rows(settings)
    ended = await asyncio.to_thread(delete_anne, settings, ",".join(POINTS))
    assert ended.splitlines() == [f"{point} {signal.SIGKILL:d}" for point in POINTS]
    assert await rows(settings) == before

    assert "is deleted" in await asyncio.to_thread(delete_anne, settings)
    async with open_desk(settings) as desk, desk.db.read() as connection:
        (message,) = (await views.messages_by_id(connection, [said.id])).values()
    assert message.author.display_name == "Former user"
    assert [each.state.value for each in message.deliveries] == ["failed"]


@pytest.fixture
async def sim(m365: dict[str, Any]) -> AsyncIterator[Sim]:
    """A tenant of six."""
    steered = Sim(m365)
    steered.info = await steered.post("/reset", {"scenario": SMALL_TENANT})
    yield steered
    await steered.client.aclose()


@pytest.fixture
async def product(teams_settings: Settings, sim: Sim, tmp_path: Path) -> AsyncIterator[Product]:
    """Anne and an admin may sign in, and the directory is imported."""
    callback = f"{teams_settings.public_url}/api/v1/teams/callback"
    await sim.post(f"/apps/{sim.info['client_id']}/redirect-uris", {"redirect_uris": [callback]})
    async with open_desk(teams_settings) as desk:
        account = await make_account(desk, teams_chat=True, tenant_id=sim.info["tenant_id"])
        await make_user(desk, account, "Anne Baker", licenses=frozenset({License.CONTACT_CENTER}))
        await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN, licenses=frozenset())
        await desk.connector.importer.run_once(account.id)
    product = Product(teams_settings, int(teams_settings.public_url.rpartition(":")[2]), tmp_path / "product.log")
    yield product
    product.end()


async def subscriptions(sim: Sim, count: int) -> None:
    """So many are there in the end."""
    for _ in range(PATIENCE):
        if len(there := (await sim.get("/subscriptions"))["value"]) == count:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(there)


@pytest.mark.timeout(300)
async def test_what_is_left_at_microsoft_goes_though_the_product_is_killed_twice(
    teams_settings: Settings, sim: Sim, product: Product
) -> None:
    await product.start(dies_at="UPDATE users SET username")
    anne, dana = Agent(teams_settings.public_url), Agent(teams_settings.public_url)
    await anne.sign_in("anne")
    user_id = (await anne.snapshot())["me"]["id"]
    await dana.sign_in("dana")
    assert "is connected" in (await anne.connect_teams(ANNE)).text
    await subscriptions(sim, 1)
    with pytest.raises(httpx.TransportError):
        await dana.call("DELETE", f"/admin/users/{user_id}")
    await product.died()

    await product.start()
    assert (await anne.snapshot())["connection"]["state"] == "connected"
    planned = {"fault": "timeout-after", "seconds": 60, "on": {"method": "DELETE", "path": "/subscriptions/*"}}
    await sim.post("/faults", planned)
    await dana.call("DELETE", f"/admin/users/{user_id}")
    await subscriptions(sim, 0)
    await sim.client.delete("/faults")
    await product.kill()
    async with open_desk(teams_settings) as desk:
        for _ in range(PATIENCE):
            if not (left := (await everything(desk.db))["teams_farewells"]):
                break
            await asyncio.sleep(0.05)
    assert left == []
    assert await anne.refused("GET", "/workspace") == (401, "not_signed_in")
    assert (await sim.get("/conduct"))["violations"] == []
    for browser in (anne, dana):
        await browser.http.aclose()
