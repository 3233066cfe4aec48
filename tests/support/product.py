"""The product as a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx

from deskbridge.settings import Settings
from support.servers import BIN, Nats, Postgres, free_port, wait_until_listening


class Product:
    """The product as a process that can be killed, and the database and the bus under it."""

    def __init__(self, settings: Settings, port: int, log: Path, others: Sequence[Postgres | Nats] = ()) -> None:
        self._port = port
        self._others = others
        self._log = log
        self._environment = {**environment(settings), "DESKBRIDGE_PORT": str(port)}
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    async def start(self, dies_at: str | None = None) -> None:
        """Until it listens. With `dies_at` it is killed by itself while it deletes somebody (fatal.py)."""
        self._process = await asyncio.to_thread(self._launch, dies_at)

    def _launch(self, dies_at: str | None) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            process = subprocess.Popen(
                [*command(dies_at), "serve"], env=self._environment, stdout=output, stderr=output
            )
        wait_until_listening(process, self._port)
        # The socket is there before all behind it is; this is answered when it is.
        httpx.get(f"http://127.0.0.1:{self._port}/healthz", timeout=60).raise_for_status()
        return process

    async def kill(self, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        """SIGKILL, now, whatever it is doing; and start again, after what is to happen while it is not there."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self._process.wait)
        self.kills += 1
        if meanwhile is not None:
            await meanwhile()
        await self.start()
        for other in self._others:
            # Under its feet: it goes on, and tells nobody that something was stored which was not.
            await asyncio.to_thread(other.kill)
            await asyncio.to_thread(other.start)

    async def died(self) -> None:
        """It has killed itself."""
        assert self._process is not None
        assert await asyncio.to_thread(self._process.wait) == -signal.SIGKILL
        self.kills += 1

    def end(self) -> None:
        """Politely."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)


def command(dies_at: str | None = None) -> list[str]:
    """The product's, or the same killed by itself at a statement of a deletion."""
    return [str(BIN / "deskbridge")] if dies_at is None else [sys.executable, "-m", "support.fatal", dies_at]


def on_its_own_port(settings: Settings) -> Settings:
    """Where it stays, however often it is killed and started again."""
    url = f"http://localhost:{free_port()}"
    return settings.model_copy(update={"public_url": url, "webhook_url": url.replace("localhost", "127.0.0.1")})


def environment(settings: Settings) -> dict[str, str]:
    """What a process of its own is given."""
    given = settings.model_dump(exclude_defaults=True, exclude={"port"})
    secret = settings.microsoft_client_secret
    if secret is not None:
        given["microsoft_client_secret"] = secret.get_secret_value()
    here = {"PYTHONPATH": str(Path(__file__).parents[1])}
    return {**os.environ, **here, **{f"DESKBRIDGE_{name.upper()}": str(value) for name, value in given.items()}}
