"""Everything Microsoft, wired: built once in each process by the composition root."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError

from deskbridge.accounts.model import UserId
from deskbridge.clock import Clock
from deskbridge.conversations.model import ConversationId
from deskbridge.errors import DatabaseUnavailable
from deskbridge.events import Bus
from deskbridge.presence.board import Board
from deskbridge.proxy import proxy_of
from deskbridge.settings import Settings
from deskbridge.storage.database import Database
from deskbridge.teams import looking_over
from deskbridge.teams.agent_status import AgentStatus
from deskbridge.teams.canary import Canary
from deskbridge.teams.certificates import Certificates
from deskbridge.teams.changing import Changer
from deskbridge.teams.connection import Connections
from deskbridge.teams.crypto import Vault, open_vault
from deskbridge.teams.delays import Delays
from deskbridge.teams.disconnecting import Disconnecting
from deskbridge.teams.encryption import Opener
from deskbridge.teams.examining import Examiner
from deskbridge.teams.farewells import Farewells
from deskbridge.teams.following_up import FollowUp
from deskbridge.teams.graph import GraphClient, create_http
from deskbridge.teams.images import Images
from deskbridge.teams.importer import Importer
from deskbridge.teams.inbox import Inbox
from deskbridge.teams.keys import SigningKeys
from deskbridge.teams.lanes import Lanes
from deskbridge.teams.linking import Linking
from deskbridge.teams.looking_over import LookOver
from deskbridge.teams.msal_app import MicrosoftApp
from deskbridge.teams.notifications import Notifications
from deskbridge.teams.opening import Opening
from deskbridge.teams.outbox import Carriers, Outbox
from deskbridge.teams.pacing import Pacing
from deskbridge.teams.presence import PresenceWatch
from deskbridge.teams.presence_pushed import PushedPresence
from deskbridge.teams.presence_reading import PresenceReading
from deskbridge.teams.presence_subscriptions import PresenceSubscriptions
from deskbridge.teams.presence_together import ReadTogether
from deskbridge.teams.proving import Prover
from deskbridge.teams.read_state import ReadStates, ReadTeller
from deskbridge.teams.reading import Reading
from deskbridge.teams.reconciling import Reconciler
from deskbridge.teams.sending import Sender
from deskbridge.teams.standing import OnConnectionChanged, Standing, tell_nobody
from deskbridge.teams.store import watches
from deskbridge.teams.store.leases import Leases
from deskbridge.teams.subscriptions import Subscriptions
from deskbridge.teams.subscriptions_at_microsoft import AtMicrosoft
from deskbridge.teams.sync import Sync
from deskbridge.teams.tokens import Tokens
from deskbridge.teams.uploading import Uploader
from deskbridge.teams.validation_tokens import ValidationTokens

log = structlog.get_logger(__name__)

_TRY_AGAIN_AFTER = timedelta(seconds=1)
"""For a database that went away just when the process began."""


class _Wiring:
    """What several parts share; made once, in the order in which they need each other."""

    def __init__(self, settings: Settings, db: Database, clock: Clock, on_changed: OnConnectionChanged) -> None:
        self.clock = clock
        self.http = create_http(settings.microsoft_ca_file, proxy_of(settings))
        self.vault = open_vault(settings.secret_key_file, settings.data_dir)
        self.leases = Leases(db, clock)
        self.standing = Standing(db, clock, on_changed)
        self.app = MicrosoftApp(settings, clock)
        self.graph = GraphClient(settings, self.http, clock)
        self.keys = SigningKeys(self.graph.fetch, clock, settings.microsoft_login_url)
        self.tokens = Tokens(db, clock, self.app, self.vault, self.standing)
        self.reading = Reading(self.graph, self.tokens, clock)
        self.certificates = Certificates(db, self.vault, clock, settings.certificate_bits)
        self.at_microsoft = AtMicrosoft(settings, clock, self.graph, self.tokens)
        self.opener = Opener()
        self.proofs = ValidationTokens(self.keys, settings.microsoft_client_id or "", clock)
        self.opening = Opening(db, self.certificates, self.proofs, self.reading, self.opener)
        self.follow_up = FollowUp(db, clock)
        sender = Sender(db, clock, self.graph, self.tokens, self.leases)
        pacing = Pacing(db, clock, self.leases)
        linking = Linking(db, clock, self.graph, self.tokens, pacing)
        changer = Changer(db, clock, self.graph, self.tokens, self.reading, pacing)
        reconciler = Reconciler(db, clock, self.reading, sender)
        teller = ReadTeller(db, clock, self.graph, self.tokens, pacing)
        uploader = Uploader(db, clock, self.graph, self.tokens, settings.microsoft_client_id or "")
        self.carriers = Carriers(linking, (uploader, sender), reconciler, (changer, teller), self.follow_up)


class Connector:
    """The door to Microsoft: what app, api and admin use."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        bus: Bus,
        clock: Clock,
        board: Board,
        *,
        on_connection_changed: OnConnectionChanged = tell_nobody,
    ) -> None:
        self._db = db
        self._bus = bus
        wired = self._wired = _Wiring(settings, db, clock, on_connection_changed)
        farewells = Farewells(db, clock, (wired.app, wired.graph), wired.vault, wired.leases)
        ending = Disconnecting(db, clock, wired.standing, wired.tokens, farewells)
        prover = Prover(settings, wired.app, wired.keys, wired.graph)
        self.connections = Connections(db, clock, wired.vault, prover, ending)
        reading = PresenceReading(db, clock, wired.graph, wired.tokens, board)
        together = ReadTogether(db, clock, board, reading)
        ways = (wired.opener, together)
        self.pushed = PushedPresence(db, clock, board, wired.certificates, wired.proofs, ways)
        self.notifications = Notifications(db, clock, self.pushed.put)
        measured = Delays(db, clock)
        self.examiner = Examiner(settings, clock, wired.graph, wired.app, wired.vault)
        self.importer = Importer(db, clock, wired.graph, wired.app)
        canary = Canary(db, clock, wired.leases)
        inbox = Inbox(db, clock, wired.opening, wired.leases, (wired.follow_up, measured, canary))
        outbox = Outbox(db, clock, wired.carriers, wired.leases)
        sync = self._sync = Sync(db, clock, wired.reading, wired.leases)
        look_over = self._look_over = LookOver(db, clock, wired.reading, wired.leases)
        self._read_states = ReadStates(db, clock, wired.reading, wired.leases)
        kept = Subscriptions(db, clock, wired.at_microsoft, wired.certificates, wired.leases)
        watch = self._watch(board, reading)
        app_id = settings.microsoft_client_id or ""
        self.agent_status = AgentStatus(db, clock, wired.app, wired.graph, wired.leases, app_id)
        self.statuses = Lanes("statuses", self.agent_status.find, self.agent_status.work, clock, width=8)
        self.presence = Lanes("presence", watch.find, watch.work, clock, width=4)
        self.inbox = Lanes("inbox", inbox.find, inbox.work, clock, together=inbox.work_together)
        self.outbox = Lanes("outbox", outbox.find, outbox.work, clock)
        self.follow_ups = Lanes("follow-ups", wired.follow_up.find, wired.follow_up.work, clock)
        self.sync = Lanes("sync", sync.find, sync.work, clock, width=8)
        self.looks = Lanes("looks", look_over.find, look_over.work, clock, width=8)
        self.delays = Lanes("delays", measured.find, measured.work, clock, width=1)
        self.canary = Lanes("canary", canary.find, canary.work, clock, width=4)
        self.read_states = Lanes("read states", self._read_states.find, self._read_states.work, clock, width=8)
        self.subscriptions = Lanes("subscriptions", kept.find, kept.work, clock, width=8)
        self.farewells = Lanes("farewells", farewells.find, farewells.work, clock, width=8)
        self.imports = Lanes("imports", self.importer.find, self.importer.work, clock, width=2)
        self.images = Images(db, clock, wired.reading)
        self._deaf: list[Callable[[], Awaitable[None]]] = []

    def _watch(self, board: Board, reading: PresenceReading) -> PresenceWatch:
        db, wired = self._db, self._wired
        kept = PresenceSubscriptions(db, wired.clock, wired.at_microsoft, wired.certificates)
        return PresenceWatch(db, wired.clock, board, wired.leases, reading, kept)

    @property
    def http(self) -> httpx.AsyncClient:
        """For identity providers: trusts what Microsoft's addresses are trusted with."""
        return self._wired.http

    @property
    def vault(self) -> Vault:
        """Encrypts what is secret."""
        return self._wired.vault

    async def open(self) -> None:
        """Hear what other parts and other processes announce; a wake-up only makes quick what is found anyway."""
        hears: dict[str, Callable[[str], None]] = {
            "outbox": lambda _: self.outbox.look_soon(),
            "teams_inbox": self.inbox.wake,
            "teams_sync": self.sync.wake,
            "teams_look": self._look_now,
            "teams_read_states": self.read_states.wake,
            "teams_subscriptions": self.subscriptions.wake,
            "teams_import": self.imports.wake,
            "teams_farewells": self.farewells.wake,
            "teams_connected": self._on_connected,
            "attendance": self.presence.wake,
            "status": self.statuses.wake,
            "teams_status": lambda _: self.statuses.look_soon(),
            "teams_forget": lambda user_id: self._wired.tokens.forget(UserId(user_id)),
        }
        for family, handle in hears.items():
            self._deaf.append(await self._bus.subscribe(f"{family}.*", _handler(handle)))
        self.pushed.start()
        await self._ask_for_presence()

    async def on_workspace_opened(self, user_id: UserId) -> None:
        """What the agent read in Teams meanwhile is read here too."""
        await self._read_states.ask_all(user_id)
        await self._look_over.ask(user_id)

    async def on_conversation_opened(self, user_id: UserId, conversation_id: ConversationId) -> None:
        """What was done to older messages while nobody told us is seen now at the latest (M5)."""
        await self._sync.ask_opened(user_id, conversation_id)

    async def run(self, stop: asyncio.Event) -> None:
        """All background work of this process, until told to stop."""
        while not await self.catch_up() and not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _TRY_AGAIN_AFTER.total_seconds())
        async with asyncio.TaskGroup() as group:
            kinds = (
                self.inbox,
                self.outbox,
                self.sync,
                self.looks,
                self.canary,
                self.delays,
                self.read_states,
                self.follow_ups,
                self.subscriptions,
                self.farewells,
                self.imports,
                self.presence,
                self.statuses,
            )
            for lanes in kinds:
                group.create_task(lanes.run(stop))

    async def catch_up(self) -> bool:
        """While no process ran here anything may have been said, and the key file may have been lost.

        Whether it could be done; else the database is away.
        """
        try:
            await self._wired.certificates.renew_what_is_lost()
            async with self._db.transaction() as tx:
                await looking_over.after_start(tx, self._wired.clock())
        except DatabaseUnavailable as error:
            log.warning("database_away", error=repr(error.__cause__)[:200])
            return False
        except SQLAlchemyError as error:
            # Two that start at once can get in each other's way; then the other one has asked.
            log.warning("sync_not_asked", error=repr(error)[:200])
        return True

    async def _ask_for_presence(self) -> None:
        """This process knows of nobody yet, and one that was killed may have lost what it was told."""
        async with self._db.transaction() as tx:
            await watches.read_again(tx.connection)

    async def close(self) -> None:
        """End what is open."""
        for end in self._deaf:
            await end()
        await self.pushed.close()
        self._wired.opener.close()
        self._wired.app.close()
        await self._wired.http.aclose()

    def _look_now(self, user_id: str) -> None:
        self._look_over.hurry(user_id)
        self.looks.wake(user_id)

    def _on_connected(self, user_id: str) -> None:
        for lanes in (self.subscriptions, self.outbox, self.sync):
            lanes.wake(user_id)


def _handler(handle: Callable[[str], None]) -> Callable[[str, bytes], None]:
    return lambda channel, _: handle(channel.partition(".")[2])
