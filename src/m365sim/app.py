"""The whole simulator in one object and one ASGI application: the only file that knows everything."""

import asyncio
import contextlib
import ssl
from email.utils import formatdate
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Message, Receive, Scope, Send

from m365sim.addresses import Addresses
from m365sim.chance import Chance
from m365sim.clock import Clock
from m365sim.conduct.calls import Calls
from m365sim.conduct.judge import Judge
from m365sim.control.api import build_control
from m365sim.delivery.courier import Courier
from m365sim.delivery.envelopes import Envelopes
from m365sim.delivery.fanout import Fanout
from m365sim.delivery.lifecycle import Lifecycle
from m365sim.faults.deliveries import FaultyDeliveries
from m365sim.faults.plan import Plan
from m365sim.faults.requests import FaultyRequests
from m365sim.faults.tenant import TenantFaults
from m365sim.graph.batch import Batch
from m365sim.graph.gate import Gate
from m365sim.graph.sharepoint import SharePoint
from m365sim.graph.subscriptions import Subscriptions
from m365sim.graph.table import operations
from m365sim.graph.throttle import Throttle
from m365sim.graph.wire import VERSIONS, GraphWire
from m365sim.identity.routes import IdentityPlatform
from m365sim.identity.tokens import Tokens
from m365sim.journal import SqliteJournal
from m365sim.scenarios.load import Scenario, build, read_scenario
from m365sim.settings import Settings
from m365sim.teams.page import TeamsPage
from m365sim.world import presence
from m365sim.world.world import World


class Simulator:
    """A tenant with everything around it.

    `outbound` replaces the network for webhooks, so that tests can run without a socket.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        addresses: Addresses | None = None,
        *,
        clock: Clock | None = None,
        outbound: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.addresses = addresses or Addresses()
        self.clock = clock or Clock()
        self.world = World(self.clock, Chance(self.settings.seed))
        self.tokens = Tokens(self.world, self.addresses)
        self.envelopes = Envelopes(self.world, self.tokens)
        self.courier = Courier(self.world, self.envelopes)
        self.lifecycle = Lifecycle(self.world, self.courier, self.envelopes)
        self.gate = Gate(self.world, self.tokens)
        self.teams = TeamsPage(self.world)
        self.plan = Plan()
        self.tenant_faults = TenantFaults(self.world, self.plan, self.lifecycle)
        self.judge = Judge(self.world)
        self.calls = Calls()
        self.throttle = Throttle(self.world, allowed=self.settings.throttling)
        self._outbound = outbound
        self._agenda: asyncio.Task[None] | None = None
        self._graph = GraphWire(self.gate)
        self._pages = Starlette(routes=self._routes())
        self._wire_up()

    def _wire_up(self) -> None:
        """Who tells whom."""
        deliveries = FaultyDeliveries(self.world, self.plan, self.courier.accept)
        fanout = Fanout(self.world, self.addresses, deliveries.accept)
        self.world.listeners += [fanout.hear, self.teams.hear, self.lifecycle.hear]
        self._faulty = FaultyRequests(self.world, self.plan, self.gate, self.tokens)
        self._faulty.set_off = self.tenant_faults.set_off
        self.gate.guards.append(self.throttle)
        self.gate.watchers += [self.judge.watch, self.calls.watch]
        self.courier.slow_answer = self.judge.slow_answer
        self.courier.gave_up = self.judge.given_up
        self.lifecycle.expired = self.judge.ran_out

    async def start(self) -> None:
        """Load the state or build the scenario, and begin to deliver."""
        self._load()
        client = httpx.AsyncClient(transport=self._outbound, verify=self._trust(), trust_env=False, timeout=10.0)
        subscriptions = Subscriptions(self.lifecycle, self.courier, client)
        self.gate.serve(operations(subscriptions, Batch(self._faulty.within_batch)))
        self.courier.open(client)
        self.lifecycle.resume()
        presence.resume(self.world)
        self._agenda = asyncio.get_running_loop().create_task(self.world.agenda.run())
        await self.world.journal.commit()

    async def stop(self) -> None:
        """End everything that was begun; the state is complete on disk."""
        if self._agenda is not None:
            self._agenda.cancel()
            await asyncio.gather(self._agenda, return_exceptions=True)
        self.teams.close()
        await self.courier.close()
        await self.world.journal.close()

    async def reset(self, scenario: Scenario, seed: int) -> None:
        """Back to a scenario's start; what the launcher registered as redirect URIs stays."""
        registered = {app.client_id: app.redirect_uris for app in self.world.apps.values()}
        self.world.erase()
        self.courier.forget()
        self.tokens.forget_checked()
        self.envelopes.forget_proofs()
        self.plan.clear()
        self.judge.clear()
        self.calls.clear()
        self.throttle.clear()
        self._build(scenario, seed)
        for client_id, uris in registered.items():
            if client_id in self.world.apps:
                app = self.world.apps[client_id]
                app.redirect_uris = list(dict.fromkeys([*app.redirect_uris, *uris]))
                self.world.save(app)
        await self.world.journal.commit()

    async def advance(self, seconds: float) -> None:
        """Move the tenant's clock; what falls due on the way happens on the way."""
        await self.world.agenda.advance(seconds, self.courier.settle)
        self.world.tenant.clock_offset = self.clock.offset
        self.world.save(self.world.tenant)
        await self.courier.settle()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: Graph on its own fast path, everything else through routes."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self.plan.faults and not scope["path"].startswith(("/_sim", "/teams", "/healthz")):
            await self._faulty(self._serve, scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(VERSIONS):
            await self._graph(scope, receive, send)
        else:
            await self._pages(scope, receive, self._durable(send))

    def _routes(self) -> list[BaseRoute]:
        identity = IdentityPlatform(self.world, self.addresses, self.tokens)
        return [
            Route("/", _welcome),
            Route("/healthz", _healthy),
            Mount("/_sim", build_control(self)),
            *self.teams.routes(),
            *SharePoint(self.world).routes(),
            *identity.routes(),
        ]

    def _durable(self, send: Send) -> Send:
        """Whatever a page has changed is on disk before its answer leaves; its Date is the tenant's, as Graph's is."""

        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self.world.journal.commit()
                MutableHeaders(scope=message)["date"] = formatdate(int(self.clock.now()), usegmt=True)
            await send(message)

        return wrapped

    def _load(self) -> None:
        world, path = self.world, self.settings.state
        if path is None:
            self._build(read_scenario(self.settings.scenario), self.settings.seed)
            return
        journal = SqliteJournal(path)
        world.restore(list(journal.rows()))
        world.journal = journal
        if not world.tenant.id:
            self._build(read_scenario(self.settings.scenario), self.settings.seed)
            return
        world.tenant.boot += 1
        world.save(world.tenant)
        world.chance = Chance(world.tenant.seed, world.tenant.boot)
        self.clock.offset = world.tenant.clock_offset

    def _build(self, scenario: Scenario, seed: int) -> None:
        self.world.chance = Chance(seed)
        build(self.world, scenario, seed)

    def _trust(self) -> ssl.SSLContext | bool:
        """Webhooks may use our own certificate authority as well as public ones."""
        if self._outbound is not None:
            return True
        context = ssl.create_default_context()
        if self.settings.ca_file is not None and Path(self.settings.ca_file).exists():
            context.load_verify_locations(self.settings.ca_file)
        return context

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        async with contextlib.AsyncExitStack() as stack:
            await receive()
            await self.start()
            stack.push_async_callback(self.stop)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def _healthy(request: Request) -> Response:
    del request
    return PlainTextResponse("ok\n")


async def _welcome(request: Request) -> Response:
    del request
    return RedirectResponse("/_sim/")
