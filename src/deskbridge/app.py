"""The composition root: the only place where everything is wired, started and ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from datetime import timedelta

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge import migrate
from deskbridge.accounts import sessions
from deskbridge.accounts.events import MeChanged
from deskbridge.accounts.model import AccountId, UserId
from deskbridge.accounts.sessions import Lasting
from deskbridge.admin.csv_import import CsvImporter
from deskbridge.api.desk import Desk
from deskbridge.api.http import create_api
from deskbridge.api.rate_limit import RateLimit
from deskbridge.clock import Clock, system_clock
from deskbridge.conversations import file_store
from deskbridge.conversations.indexing import Indexing
from deskbridge.conversations.keeping import KEEP_UNSENT_FOR
from deskbridge.conversations.model import MessageId
from deskbridge.conversations.post import Post
from deskbridge.conversations.retention import Retention
from deskbridge.directory import report_store
from deskbridge.directory.searching import Search
from deskbridge.directory.tidying import TakenOver, Tidying, lease_of
from deskbridge.errors import DatabaseUnavailable, WrongSetting
from deskbridge.events import open_bus
from deskbridge.presence.attendance import Attendance
from deskbridge.presence.board import Board, announce_status
from deskbridge.realtime.attending import keep_attendance
from deskbridge.realtime.hub import Hub
from deskbridge.realtime.protocol import ConnectionChanged
from deskbridge.realtime.roll_call import RollCall
from deskbridge.settings import ProcessRole, Settings
from deskbridge.storage import feed
from deskbridge.storage.database import Transaction
from deskbridge.storage.opening import open_database
from deskbridge.teams.connector import Connector
from deskbridge.teams.delays import KEPT
from deskbridge.teams.lanes import Lanes
from deskbridge.teams.model import Connection
from deskbridge.teams.store import chats, delays, files
from deskbridge.teams.store.leases import Leases

log = structlog.get_logger(__name__)

SWEEP_EVERY = timedelta(minutes=10)
DOUBT_EVERY = timedelta(minutes=1)
KEEP_EVENTS_FOR = timedelta(days=2)
KEEP_REPORTS_FOR = timedelta(days=30)
"""What imports say of people by name; their counts stay."""


async def _tell_connection(tx: Transaction, user_id: UserId, connection: Connection) -> None:
    tx.emit(feed.user_topic(user_id), ConnectionChanged(connection=connection))


@contextlib.asynccontextmanager
async def open_desk(settings: Settings, clock: Clock = system_clock) -> AsyncIterator[Desk]:
    """Everything opened in order, and closed in the opposite one; migrates an embedded database by itself."""
    try:
        bus = await open_bus(settings.events_url)
    except OSError as error:
        raise WrongSetting(
            f"The NATS server at DESKBRIDGE_EVENTS_URL={settings.events_url} does not answer ({error}). "
            "Start it, or leave the setting out where one process does everything."
        ) from error
    db = open_database(settings.resolved_database_url, bus, clock)
    try:
        await _prepare(settings)
        await db.start()
        board = Board(bus, clock)
        await board.open()
        hub = Hub(bus, board)
        await hub.open(db.epoch)
        connector = Connector(settings, db, bus, clock, board, on_connection_changed=_tell_connection)
        await connector.open()
        roll_call = RollCall(db, clock, Lasting(settings.session_lifetime, settings.session_idle))
        post = Post(db, clock)
        try:
            csv_importer = CsvImporter(db, clock)
            limit = RateLimit(clock, settings.rate_limit_user, settings.rate_limit_address)
            attendance, revision = Attendance(db, clock), migrate.revision()
            parts = (board, hub, roll_call, post, attendance, connector, csv_importer, Search(db), limit)
            yield Desk(settings, db, bus, clock, *parts, revision)
        finally:
            await post.close()
            await roll_call.close()
            await connector.close()
            await hub.close()
            await board.close()
    finally:
        await db.close()
        await bus.close()


async def _prepare(settings: Settings) -> None:
    url = settings.resolved_database_url
    try:
        stands = await asyncio.to_thread(migrate.standing, url)
        if stands is migrate.Standing.NEWER:
            raise WrongSetting(
                "The database was migrated by a later version of Deskbridge than this one. Start that version, or "
                "restore the backup that was made before."
            )
        if stands is migrate.Standing.OLDER and url.startswith("sqlite"):
            await asyncio.to_thread(migrate.upgrade, url)
        elif stands is migrate.Standing.OLDER:
            raise WrongSetting("The database is not at this version. Run: deskbridge migrate")
    except (SQLAlchemyError, DatabaseUnavailable, OSError) as error:
        reason = str(error).splitlines()[0]
        raise WrongSetting(
            f"The database cannot be opened ({reason}). Set DESKBRIDGE_DATABASE_URL, for example "
            "DESKBRIDGE_DATABASE_URL=postgresql://deskbridge:secret@db.example.com/deskbridge?sslmode=verify-full, "
            "or leave it out for a file in DESKBRIDGE_DATA_DIR."
        ) from error


def create_app(settings: Settings, role: ProcessRole = ProcessRole.ALL, clock: Clock = system_clock) -> FastAPI:
    """The ASGI application of one process, with its background work inside its lifespan."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_desk(settings, clock) as desk:
            app.state.desk = desk
            app.mount("/api/v1/webhooks/graph", desk.connector.notifications)
            # The workspace answers every address; the webhooks must be looked at before it.
            app.router.routes.insert(0, app.router.routes.pop())
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                attending = keep_attendance(desk.hub, desk.attendance, desk.board, stop)
                group.create_task(attending, name="attendance")
                group.create_task(_doubt(desk.hub, stop), name="doubt")
                if role is not ProcessRole.WEB:
                    group.create_task(desk.connector.run(stop), name="connector")
                    group.create_task(desk.csv_importer.run(desk.bus, stop), name="csv imports")
                    group.create_task(_sweep(desk, stop), name="sweep")
                    group.create_task(_tidy(desk).run(stop), name="tidying")
                    indexing = Indexing(desk.db)
                    lanes = Lanes("indexing", indexing.find, indexing.work, clock, width=1)
                    group.create_task(lanes.run(stop), name="indexing")
                    group.create_task(keep_what_is_kept(desk).run(stop), name="retention")
                yield
                stop.set()

    return create_api(settings.public_url, lifespan, most_attached=settings.most_attached)


async def sweep_once(desk: Desk) -> None:
    """Forget what has expired; whose last session that was is Logged Out for everyone."""
    async with desk.db.transaction() as tx:
        for user in await sessions.forget_old(tx, desk.clock()):
            await announce_status(tx, user, desk.clock())
            tx.emit(feed.user_topic(user.id), MeChanged(me=user))
        await feed.prune(tx.connection, desk.clock() - KEEP_EVENTS_FOR)
        await delays.forget(tx.connection, desk.clock() - KEPT)
    is_more = True
    while is_more:
        async with desk.db.transaction() as tx:
            is_more = await file_store.forget_unsent(tx.connection, desk.clock() - KEEP_UNSENT_FOR)
    is_more = True
    while is_more:
        async with desk.db.transaction() as tx:
            before = desk.clock() - KEEP_REPORTS_FOR
            is_more = await report_store.forget_entries(tx.connection, before, at_most=2000)


async def _forget_there(connection: AsyncConnection, message_ids: Collection[MessageId]) -> None:
    await chats.forget_messages(connection, message_ids)
    await files.forget(connection, message_ids)


def keep_what_is_kept(desk: Desk) -> Lanes:
    """Deletes what each Account no longer keeps, one after the other."""
    retention = Retention(desk.db, desk.clock, _forget_there)
    return Lanes("retention", retention.find, retention.work, desk.clock, width=1)


def _tidy(desk: Desk) -> Lanes:
    """Keeps the index of each Account's directory quick, one after the other."""

    async def tidy(account_id: str) -> None:
        await tidy_once(desk, AccountId(account_id))

    return Lanes("tidying", Tidying(desk.db).find, tidy, desk.clock, width=1)


@contextlib.asynccontextmanager
async def tidied(desk: Desk, account_id: AccountId) -> AsyncIterator[None]:
    """What happens in the block leaves a tidy index, also where no worker runs."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_tidy(desk).run(stop), name="tidying")
        try:
            yield
        finally:
            stop.set()
    await tidy_once(desk, account_id)


async def tidy_once(desk: Desk, account_id: AccountId) -> None:
    """Tidy one Account's index, unless another process does."""
    # Always: beside the one process that serves there may be a command.
    leases, name = Leases(desk.db, desk.clock, always=True), lease_of(account_id)
    with contextlib.suppress(TakenOver):
        await Tidying(desk.db).tidy(account_id, lambda connection: leases.renew(connection, name))
        await leases.release(name)


async def _doubt(hub: Hub, stop: asyncio.Event) -> None:
    """Now and then: who is still connected in a session that has ended?"""
    while not stop.is_set():
        hub.doubt_silent()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), DOUBT_EVERY.total_seconds())


async def _sweep(desk: Desk, stop: asyncio.Event) -> None:
    """Now and then."""
    while not stop.is_set():
        try:
            await sweep_once(desk)
        except (SQLAlchemyError, DatabaseUnavailable) as error:
            log.warning("sweep_failed", error=repr(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SWEEP_EVERY.total_seconds())
