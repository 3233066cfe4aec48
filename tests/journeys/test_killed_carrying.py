"""Killed while files and pictures are on their way to Teams: each arrives once, each message once and in order (H6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deskbridge.accounts.model import Role
from deskbridge.app import open_desk
from deskbridge.settings import Settings
from deskbridge.teams.uploading import PIECE, SIMPLE
from support.agents import Agent
from support.builders import make_account, make_user
from support.errands import Errands
from support.product import Product, on_its_own_port
from support.servers import Sim, own_m365
from teams.conftest import APP, PEOPLE, SCOPES
from teams.office import ANNE

TENANT = {"apps": [{**APP, "admin_scopes": [*SCOPES, "Files.ReadWrite"]}], "people": PEOPLE}
LARGE = b"%PDF " + bytes(range(256)) * ((SIMPLE + PIECE) // 256)


# The product's process has the system's clock.
m365 = pytest.fixture(scope="module")(own_m365)


@pytest.fixture
async def sim(m365: dict[str, Any]) -> AsyncIterator[Sim]:
    """A tenant of six in which files are allowed."""
    steered = Sim(m365)
    steered.info = await steered.post("/reset", {"scenario": TENANT})
    yield steered
    await steered.client.aclose()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The product listens on a port of its own, as it is killed and started again."""
    return on_its_own_port(settings)


@pytest.fixture
async def log(tmp_path: Path) -> Path:
    """What the product says."""
    return tmp_path / "product.log"


@pytest.fixture
async def product(teams_settings: Settings, sim: Sim, log: Path) -> AsyncIterator[Product]:
    """Anne and an admin may sign in, and the directory is imported."""
    callback = f"{teams_settings.public_url}/api/v1/teams/callback"
    await sim.post(f"/apps/{sim.info['client_id']}/redirect-uris", {"redirect_uris": [callback]})
    async with open_desk(teams_settings) as desk:
        account = await make_account(desk, teams_chat=True, tenant_id=sim.info["tenant_id"])
        await make_user(desk, account, "Anne Baker")
        await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN, licenses=frozenset())
        await desk.connector.importer.run_once(account.id)
    product = Product(teams_settings, int(teams_settings.public_url.rpartition(":")[2]), log)
    await product.start()
    yield product
    product.end()


@pytest.fixture
async def errands(teams_settings: Settings, sim: Sim, product: Product) -> AsyncIterator[Errands]:
    """Anne chats with Robin, and files may go to Teams."""
    anne, dana = Agent(teams_settings.public_url), Agent(teams_settings.public_url)
    await dana.sign_in("dana")
    await dana.call("PUT", "/admin/account", json={"files_to_teams": True})
    await anne.sign_in("anne")
    assert "is connected" in (await anne.connect_teams(ANNE)).text
    conversation = (await anne.start((await anne.find("robin"))["id"], "teams"))["id"]
    yield Errands(sim, product, anne, conversation)
    await anne.http.aclose()
    await dana.http.aclose()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_what_is_on_its_way_arrives_once_and_in_order(errands: Errands, sim: Sim, log: Path) -> None:
    await errands.hold("PUT", "*/small.pdf:/content")
    await errands.send_file("small.pdf", b"small", "one")
    await errands.killed(then_hold=("POST", "*/invite"))
    await errands.killed(then_hold=("PUT", "/_api/*/uploadSession"))
    await errands.send_file("large.pdf", LARGE, "two")
    await errands.killed(then_hold=("POST", "/chats/*/messages"))
    await errands.send_picture("three")
    await errands.killed()
    await errands.send_file("last.pdf", b"last", "four")
    await errands.arrived()

    assert await errands.in_onedrive() == sorted(errands.files.items())
    assert await errands.in_teams(ANNE) == errands.said
    assert (await sim.get("/conduct"))["violations"] == []
    assert "Traceback" not in await asyncio.to_thread(log.read_text)
