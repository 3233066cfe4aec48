"""The two ways to run the product, and the servers around it. Every test that uses `desk` runs on both."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright, expect
from pydantic import SecretStr

from deskbridge import migrate
from deskbridge.api.desk import Desk
from deskbridge.app import create_app
from deskbridge.clock import system_clock
from deskbridge.events import LocalBus
from deskbridge.settings import Settings
from deskbridge.storage.database import Database
from support.agents import Agent
from support.browser import FLAGS, ensure
from support.clock import Clock
from support.console import Operator
from support.databases import Heard, opened
from support.memory import keep_temporary_files_in_memory
from support.servers import NO_TLS, Nats, Postgres, Sim, m365sim_server, nats_server, postgres_server, serving
from support.troubles import Troubles, listening_for_troubles


def pytest_configure() -> None:
    """A hundred processes are started: they compile the code once between them, also where Python is told not to."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    keep_temporary_files_in_memory()
    # As long as the slowest machine may take to show something, and not how fast it has to be.
    expect.set_options(timeout=20_000)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell that starts a suite in the background has it ignore Ctrl-C, and with it the product that it starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long to look for what the API answers wrongly."""
    parser.addoption("--each", type=int, default=2, help="made-up requests for each operation, allowed and forbidden")


def pytest_collection_finish() -> None:
    """All that is imported stays, as in the product: it is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def _listening() -> Iterator[Troubles]:
    with listening_for_troubles() as troubles:
        yield troubles


@pytest.fixture(autouse=True)
def troubles(request: pytest.FixtureRequest, _listening: Troubles) -> Iterator[Troubles]:
    """Fails a test in which the product logged that something in it is wrong; a marker names what is meant to be."""
    _listening.listen()
    _listening.take(())
    yield _listening
    meant = [name for each in request.node.iter_markers("troubles") for name in each.args]
    if unmeant := _listening.take(meant):
        pytest.fail("The product logged: " + "; ".join(unmeant))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL, started when the first test asks for it."""
    # Nobody has to tidy up hundreds of databases of which each is used for a second.
    with postgres_server(switched_off=("fsync", "full_page_writes", "autovacuum")) as server:
        yield server


@pytest.fixture(scope="session")
def nats() -> Iterator[Nats]:
    """A real NATS server."""
    with nats_server() as server:
        yield server


@pytest.fixture(params=["one machine", "many machines"])
def machines(request: pytest.FixtureRequest) -> str:
    """One machine: SQLite, events in the process. Many: PostgreSQL, events over NATS."""
    return str(request.param)


@pytest.fixture
async def stores(machines: str, request: pytest.FixtureRequest) -> AsyncIterator[dict[str, Any]]:
    """The settings in which the two ways differ."""
    if machines == "one machine":
        yield {}
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = await postgres.new_database()
    yield {"database_url": url, "events_url": request.getfixturevalue("nats").url}
    await postgres.drop(url)


@pytest.fixture
def clock() -> Clock:
    """What time it is."""
    return Clock()


@pytest.fixture
def heard() -> Heard:
    """What has been published."""
    return Heard()


@pytest.fixture
async def bus(heard: Heard) -> LocalBus:
    """Events in this process; `heard` hears all feeds."""
    local = LocalBus()
    await local.subscribe("feed.*", heard)
    return local


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "deskbridge.sqlite3"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
async def db(
    stores: dict[str, Any], tmp_path: Path, migrated_file: Path, bus: LocalBus, clock: Clock
) -> AsyncIterator[Database]:
    """A database of either kind with all tables, for tests of what is below the API."""
    url = stores.get("database_url")
    if url is None:
        url = f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"
    async with opened(url, bus, clock) as database:
        yield database


@pytest.fixture(scope="session")
def m365() -> Iterator[dict[str, Any]]:
    """A real m365sim with the demo tenant."""
    with m365sim_server() as info:
        yield info


@pytest.fixture
async def sim(m365: dict[str, Any]) -> AsyncIterator[Sim]:
    """m365sim as it was at its start."""
    steered = Sim(m365)
    await steered.post("/reset", {})
    yield steered
    await steered.client.aclose()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """The socket that the product will serve on."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


@pytest.fixture(scope="session")
def ordinary_settings() -> Settings:
    """What the environment says: it is read once, which takes a twentieth of the start of a story."""
    return Settings.load()


@pytest.fixture
def settings(
    ordinary_settings: Settings,
    tmp_path: Path,
    stores: dict[str, Any],
    listening: socket.socket,
    migrated_file: Path,
) -> Settings:
    """Settings without a Microsoft tenant."""
    data = tmp_path / "data"
    if not stores:
        data.mkdir()
        shutil.copy(migrated_file, data)
    url = f"http://localhost:{listening.getsockname()[1]}"
    own = {"data_dir": data, "public_url": url, "webhook_url": url.replace("localhost", "127.0.0.1")}
    return ordinary_settings.model_copy(update={**own, **stores})


@pytest.fixture
def teams_settings(settings: Settings, sim: Sim) -> Settings:
    """Settings with m365sim's tenant: only addresses and credentials."""
    info = sim.info
    return settings.model_copy(
        update={
            "microsoft_client_id": info["client_id"],
            "microsoft_client_secret": SecretStr(info["client_secret"]),
            "microsoft_login_url": info["authority_https_url"].rpartition("/")[0],
            "microsoft_graph_url": info["graph_url"],
            "microsoft_ca_file": Path(info["ca_file"]),
        }
    )


@pytest.fixture
def product_clock() -> Callable[[], datetime]:
    """The system's clock; a folder whose stories are about time says otherwise."""
    return system_clock


@pytest.fixture
async def desk(
    settings: Settings, listening: socket.socket, product_clock: Callable[[], datetime]
) -> AsyncIterator[Desk]:
    """The product behind a real socket, without a Microsoft tenant."""
    app = create_app(settings, clock=product_clock)
    async with serving(app, listening):
        yield app.state.desk


@pytest.fixture
async def teams_desk(teams_settings: Settings, sim: Sim, listening: socket.socket) -> AsyncIterator[Desk]:
    """The product behind a real socket, with m365sim as its Microsoft."""
    uris = {"redirect_uris": [f"{teams_settings.public_url}/api/v1/teams/callback"]}
    await sim.post(f"/apps/{sim.info['client_id']}/redirect-uris", uris)
    app = create_app(teams_settings)
    async with serving(app, listening):
        yield app.state.desk


@pytest.fixture
def trust() -> ssl.SSLContext:
    """Whose certificates browsers take; only where a story leads elsewhere do they need any."""
    return NO_TLS


@pytest.fixture
async def browser_of(listening: socket.socket, trust: ssl.SSLContext) -> AsyncIterator[Callable[[], Agent]]:
    """Makes somebody at a browser of their own."""
    made: list[Agent] = []

    def make() -> Agent:
        made.append(Agent(f"http://localhost:{listening.getsockname()[1]}", trust))
        return made[-1]

    yield make
    for agent in made:
        await agent.http.aclose()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=ensure(), args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Whose data folder is in their own folder."""
    there = Operator(tmp_path, monkeypatch, capsys)
    there.set(data_dir=str(tmp_path / "data"))
    return there
