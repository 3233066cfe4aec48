"""Serving one simulator on an http and an https port, in the foreground."""

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from m365sim.addresses import MICROSOFT_HOSTS, Addresses, as_microsoft
from m365sim.app import Simulator
from m365sim.certificates import Tls, prepare
from m365sim.control.tenant import describe
from m365sim.settings import Settings


class PortInUse(OSError):
    """Somebody else listens there."""


@dataclass(slots=True)
class Listening:
    """Where to listen; port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int = 8365
    https_port: int = 8366
    public_host: str = "localhost"
    ready_file: Path | None = None
    #: Answer under Microsoft's own names, which the hosts file has to lead here.
    as_microsoft: bool = False


class _Server(uvicorn.Server):
    """Two servers live in one process, so signals are handled here and not by each."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when this server listens."""
        await super().startup(sockets)
        self.listens.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


async def serve(settings: Settings, listening: Listening, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM."""
    plain, secure = _listen(listening.host, listening.port), _listen(listening.host, listening.https_port)
    name = listening.public_host
    names = (name, *MICROSOFT_HOSTS) if listening.as_microsoft else (name,)
    tls = prepare(names, listening.host, settings.state, settings.ca_file)
    settings.ca_file = tls.ca_file
    http, https = f"http://{name}:{plain.getsockname()[1]}", f"https://{name}:{secure.getsockname()[1]}"
    simulator = Simulator(settings, as_microsoft(http) if listening.as_microsoft else Addresses(http, https))
    await simulator.start()
    servers = [_Server(_config(simulator)), _Server(_config(simulator, tls))]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, simulator, servers)
    try:
        async with asyncio.TaskGroup() as tasks:
            for server, listener in zip(servers, (plain, secure), strict=True):
                tasks.create_task(server.serve([listener]))
            tasks.create_task(_announce(simulator, servers, listening, say))
    finally:
        await simulator.stop()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as trouble:
        listener.close()
        raise PortInUse(f"Port {port} on {host} cannot be used: {trouble.strerror}.") from trouble
    listener.listen(2048)
    listener.setblocking(False)
    return listener


def _config(simulator: Simulator, tls: Tls | None = None) -> uvicorn.Config:
    config = uvicorn.Config(
        simulator,
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
        # Graph's Date header follows the tenant's clock, so it is not uvicorn's to write.
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    if tls is not None:
        config.ssl_certfile = str(tls.certificate)
        config.ssl_keyfile = str(tls.certificate)
    return config


def _stop(simulator: Simulator, servers: list[_Server]) -> None:
    # Live pages would otherwise keep their connections, and with them the servers, open.
    simulator.teams.close()
    for server in servers:
        server.should_exit = True


async def _announce(
    simulator: Simulator, servers: list[_Server], listening: Listening, say: Callable[[str], None]
) -> None:
    for server in servers:
        await server.listens.wait()
    if listening.ready_file is not None:
        _write_whole(listening.ready_file, json.dumps(describe(simulator), indent=1))
    say(
        f"m365sim is ready: be somebody at {simulator.addresses.http}/teams,"
        f" steer it at {simulator.addresses.http}/_sim/"
    )


def _write_whole(path: Path, text: str) -> None:
    """Readers find the whole file or none."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.replace(path)
