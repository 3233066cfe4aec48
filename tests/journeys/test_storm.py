"""The short form of the soak: everything goes wrong at once, and nothing is lost, doubled or reordered."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from deskbridge.settings import Settings
from support.product import Product, on_its_own_port
from support.servers import Nats, Postgres, Sim, own_m365
from support.storm import Storm

# The product's process has the system's clock.
m365 = pytest.fixture(scope="module")(own_m365)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The product listens on a port of its own, as it is killed and started again."""
    return on_its_own_port(settings)


@pytest.fixture
def others(machines: str, request: pytest.FixtureRequest) -> list[Postgres | Nats]:
    """What the product stands on, where these are programs of their own."""
    if machines == "one machine":
        return []
    return [request.getfixturevalue("postgres"), request.getfixturevalue("nats")]


@pytest.mark.timeout(400)
async def test_nothing_is_lost_doubled_or_reordered_in_a_storm(
    teams_settings: Settings, sim: Sim, tmp_path: Path, listening: socket.socket, others: list[Postgres | Nats]
) -> None:
    callback = f"{teams_settings.public_url}/api/v1/teams/callback"
    await sim.post(f"/apps/{sim.info['client_id']}/redirect-uris", {"redirect_uris": [callback]})
    port = int(teams_settings.public_url.rpartition(":")[2])
    product = Product(teams_settings, port, tmp_path / "product.log", others)
    storm = Storm(teams_settings, sim, product, seed=4711)
    try:
        await storm.prepare(pairs=2)
        await storm.rage(messages=6, kills=3)
        assert await storm.settle() == []
    finally:
        product.end()
        await storm.close()
