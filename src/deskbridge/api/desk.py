"""What every route needs, wired once by the composition root, and who is asking."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from deskbridge.accounts import service as accounts
from deskbridge.accounts import sessions
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.errors import ReauthenticationRequired, SecondFactorRequired
from deskbridge.accounts.model import Account, Role, User
from deskbridge.accounts.session_store import Session
from deskbridge.accounts.sessions import Lasting, SessionToken
from deskbridge.admin.csv_import import CsvImporter
from deskbridge.api.rate_limit import RateLimit
from deskbridge.clock import Clock
from deskbridge.conversations.post import Post
from deskbridge.directory.searching import Search
from deskbridge.errors import Forbidden, NotSignedIn
from deskbridge.events import Bus
from deskbridge.presence.attendance import Attendance
from deskbridge.presence.board import Board
from deskbridge.realtime.hub import Hub
from deskbridge.realtime.roll_call import RollCall
from deskbridge.settings import Settings
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.connector import Connector


@dataclass(frozen=True, slots=True)
class Desk:
    """The whole product in one process."""

    settings: Settings
    db: Database
    bus: Bus
    clock: Clock
    board: Board
    hub: Hub
    roll_call: RollCall
    post: Post
    attendance: Attendance
    connector: Connector
    csv_importer: CsvImporter
    search: Search
    rate_limit: RateLimit
    revision: str = ""
    """Which version of the schema this code is for."""

    @contextlib.asynccontextmanager
    async def acting(self, me: User, *, recorded: bool = False) -> AsyncIterator[Transaction]:
        """A transaction of who asks, who was let in a moment before and may do it until it ends.

        `recorded` is for what locks the Account, as everything does that is in the audit log. Raises NotSignedIn where
        they were deleted or suspended meanwhile, and Forbidden where they may do something else now.
        """
        async with self.db.transaction() as tx:
            if recorded:
                await accounts_store.lock_account(tx.connection, me.account_id)
            await accounts.act_as(tx, me)
            yield tx

    @property
    def lasting(self) -> Lasting:
        """How long sessions last."""
        return Lasting(self.settings.session_lifetime, self.settings.session_idle)

    @property
    def cookie(self) -> str:
        """The session cookie's name; `__Host-` ties it to this host where there is TLS."""
        return "__Host-deskbridge" if self.settings.public_url.startswith("https://") else "deskbridge"


def get_desk(connection: HTTPConnection) -> Desk:
    """The Desk that serves this request."""
    return cast("Desk", connection.app.state.desk)


TheDesk = Annotated[Desk, Depends(get_desk)]


def session_token(connection: HTTPConnection, desk: TheDesk) -> SessionToken:
    """The session that the browser presents; raises NotSignedIn without one."""
    token = connection.cookies.get(desk.cookie)
    if not token:
        raise NotSignedIn
    return SessionToken(token)


Token = Annotated[SessionToken, Depends(session_token)]


async def current_session(desk: TheDesk, token: Token) -> Session:
    """The session in which somebody asks; raises NotSignedIn."""
    session = await sessions.use(desk.db, token, desk.clock(), desk.lasting)
    if session is None:
        desk.rate_limit.forget(token)
        raise NotSignedIn
    desk.rate_limit.know(token, session.user.id)
    return session


TheSession = Annotated[Session, Depends(current_session)]


async def session_user(session: TheSession) -> User:
    """Who asks, also while they lack a second factor: for setting one up."""
    return session.user


SignedIn = Annotated[User, Depends(session_user)]


async def current_user(session: TheSession) -> User:
    """Who asks; raises SecondFactorRequired while they lack what they have to have before anything else."""
    if session.lacks_factor:
        raise SecondFactorRequired
    return session.user


Me = Annotated[User, Depends(current_user)]


async def current_admin(me: Me) -> User:
    """Who asks, an admin; raises Forbidden."""
    if not me.is_admin:
        raise Forbidden("Only an administrator of your organisation can do this.")
    return me


Admin = Annotated[User, Depends(current_admin)]


def require_proof(desk: Desk, session: Session) -> None:
    """Raises ReauthenticationRequired when it is long ago that whoever asks proved who they are."""
    if desk.clock() - session.proved_at > desk.settings.reauthenticate_after:
        raise ReauthenticationRequired


async def proved_admin(admin: Admin, desk: TheDesk, session: TheSession) -> User:
    """Who asks, an admin who proved not long ago who they are: for what would be worst in other hands."""
    require_proof(desk, session)
    return admin


ProvedAdmin = Annotated[User, Depends(proved_admin)]


async def current_supervisor(me: Me) -> User:
    """Who asks, a supervisor; raises Forbidden."""
    if me.role is not Role.SUPERVISOR:
        raise Forbidden("Only a supervisor can read the record.")
    return me


Supervisor = Annotated[User, Depends(current_supervisor)]


async def proved_supervisor(supervisor: Supervisor, desk: TheDesk, session: TheSession) -> User:
    """Who asks, a supervisor who proved not long ago who they are: for what others said, to be taken along."""
    require_proof(desk, session)
    return supervisor


ProvedSupervisor = Annotated[User, Depends(proved_supervisor)]


def origin_of(connection: HTTPConnection) -> str:
    """From where somebody asks, for the audit log; behind a proxy what a trusted proxy says."""
    return connection.client.host if connection.client else "unknown"


Origin = Annotated[str, Depends(origin_of)]


async def my_account(desk: TheDesk, me: Me) -> Account:
    """The Account of who asks."""
    account = await desk.db.read_through(lambda connection: accounts_store.find_account(connection, me.account_id))
    if account is None:
        raise NotSignedIn
    return account


MyAccount = Annotated[Account, Depends(my_account)]
