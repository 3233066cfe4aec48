"""Connecting a Microsoft account, and ending the connection (rules C1 to C9)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError

from deskbridge.accounts import sessions
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, User
from deskbridge.accounts.session_store import SessionId
from deskbridge.accounts.sessions import SessionToken
from deskbridge.clock import Clock
from deskbridge.errors import (
    AlreadyConnected,
    MicrosoftUnavailable,
    NotAnAgent,
    NotSignedIn,
    TeamsChatOff,
    TeamsSignInFailed,
)
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.crypto import CannotDecrypt, Vault
from deskbridge.teams.disconnecting import Disconnecting
from deskbridge.teams.ids import TenantId
from deskbridge.teams.looking_over import after_gap
from deskbridge.teams.model import Connection
from deskbridge.teams.msal_app import MicrosoftApp, SignInRefused
from deskbridge.teams.proving import Prover
from deskbridge.teams.reasons import Reason, from_oauth, sentence
from deskbridge.teams.registration import FILES
from deskbridge.teams.store import connections
from deskbridge.teams.tokens import place_of_tokens

log = structlog.get_logger(__name__)

SIGN_IN_WITHIN = timedelta(minutes=15)


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: the stored form only must not be usable.
    return hashlib.sha256(secret.encode()).hexdigest()


class Connections:
    """Off to Microsoft's sign-in page, back from it, and disconnecting."""

    def __init__(self, db: Database, clock: Clock, vault: Vault, prover: Prover, ending: Disconnecting) -> None:
        self._db = db
        self._clock = clock
        self._vault = vault
        self._prover = prover
        self._ending = ending
        self._standing = ending.standing

    @property
    def _app(self) -> MicrosoftApp:
        return self._prover.app

    async def view(self, user: User) -> Connection:
        """The connection as its owner sees it."""
        return await self._standing.view(user)

    async def begin(self, user: User, session_id: SessionId) -> str:
        """The address of Microsoft's sign-in page for this user in this session (C3)."""
        async with self._db.read() as connection:
            account = await accounts_store.find_account(connection, user.account_id)
            tenant_id = await accounts_store.tenant_of(connection, user.account_id)
            row = await connections.find(connection, user.id)
        if account is None or not account.teams_chat_enabled:
            raise TeamsChatOff
        if not user.is_agent:
            raise NotAnAgent
        if row is not None and row.is_connected:
            raise AlreadyConnected
        if not tenant_id:
            raise _failed(Reason.MISCONFIGURED)
        asked = [FILES] if account.files_to_teams else []
        try:
            flow = await self._app.begin(TenantId(tenant_id), row.username if row else None, asked)
        except SignInRefused as refusal:
            raise _failed(refusal.reason) from refusal
        state = str(flow["state"])
        now = self._clock()
        async with self._db.transaction() as tx:
            await connections.forget_sign_ins(tx.connection, now)
            await connections.insert_sign_in(
                tx.connection,
                state_hash=_hash(state),
                user_id=user.id,
                session_id=session_id,
                flow=self._vault.encrypt(json.dumps([tenant_id, flow]).encode(), _place_of_flow(state)),
                expires_at=now + SIGN_IN_WITHIN,
            )
        return str(flow["auth_uri"])

    async def finish(self, answer: Mapping[str, str], session: SessionToken) -> Connection:
        """What Microsoft led back with: connected, or TeamsSignInFailed with which it was (C4, C6).

        The state is one-time and tied to the session that began, so that nobody can be made to connect somebody
        else's Microsoft account. Nothing is stored before everything has been proved.
        """
        user, tenant_id, flow = await self._take(answer.get("state", ""), session)
        try:
            return await self._connect(user, tenant_id, flow, answer)
        except SignInRefused as refusal:
            await self._standing.note_failure(user, refusal.reason, refusal.number)
            log.info("teams_sign_in_failed", user_id=user.id, reason=refusal.reason.value, number=refusal.number)
            raise _failed(refusal.reason, refusal.number) from refusal
        except MicrosoftUnavailable:
            await self._standing.note_failure(user, Reason.MICROSOFT_UNAVAILABLE)
            raise

    async def consent_address(self, account_id: AccountId) -> str:
        """Where a Microsoft administrator gives consent for the whole organisation; raises TeamsSignInFailed."""
        async with self._db.read() as connection:
            tenant_id = await accounts_store.tenant_of(connection, account_id)
        if not tenant_id:
            raise _failed(Reason.MISCONFIGURED)
        try:
            return await self._app.consent_address(TenantId(tenant_id))
        except SignInRefused as refusal:
            raise _failed(refusal.reason, refusal.number) from refusal

    async def disconnect(self, user: User) -> None:
        """An admin ends the user's connection (C8)."""
        await self._ending.disconnect(user)

    async def _take(self, state: str, session: SessionToken) -> tuple[User, TenantId, dict[str, Any]]:
        async with self._db.transaction() as tx:
            found = await connections.take_sign_in(tx.connection, _hash(state))
        if found is None or found.expires_at <= self._clock():
            raise _failed(Reason.SIGN_IN_STALE)
        now_there = await sessions.find(self._db, session, self._clock())
        # By its id: the session may have proved itself anew meanwhile, and goes by another token now.
        if now_there is None or now_there.lacks_factor or now_there.id != found.session_id:
            raise _failed(Reason.OTHER_BROWSER)
        try:
            tenant_id, flow = json.loads(self._vault.decrypt(found.flow, _place_of_flow(state)))
        except CannotDecrypt as error:
            # The key of the installation was replaced meanwhile.
            raise _failed(Reason.SIGN_IN_STALE) from error
        return now_there.user, TenantId(tenant_id), flow

    async def _connect(
        self, user: User, tenant_id: TenantId, flow: dict[str, Any], answer: Mapping[str, str]
    ) -> Connection:
        if "error" in answer:
            refusal = from_oauth(answer, while_signing_in=True)
            raise SignInRefused(refusal.reason, refusal.number)
        redeemed = await self._app.redeem(tenant_id, flow, answer)
        who = await self._prover.prove(tenant_id, str(flow["nonce"]), redeemed)
        now = self._clock()
        try:
            async with self._db.transaction() as tx:
                await _require_as_begun(tx, user, tenant_id)
                row = await connections.find(tx.connection, user.id)
                if row is not None and row.microsoft_user_id not in {"", who.id}:
                    raise SignInRefused(Reason.OTHER_MICROSOFT_USER)
                if await connections.find_holder(tx.connection, tenant_id, who.id) not in {None, user.id}:
                    raise SignInRefused(Reason.TAKEN)
                await self._standing.put(
                    tx,
                    user,
                    state="connected",
                    tenant_id=tenant_id,
                    microsoft_user_id=who.id,
                    username=who.username,
                    name=who.name,
                    reason=None,
                    number=None,
                    token_cache=self._vault.encrypt(redeemed.cache.encode(), place_of_tokens(user.id)),
                    connected_at=now,
                )
                # While it was lost anything may have been said.
                await after_gap(tx, user.id, now)
                tx.announce(f"teams_connected.{user.id}")
        except IntegrityError as error:
            raise SignInRefused(Reason.TAKEN) from error
        log.info("teams_connected", user_id=user.id)
        return await self._standing.view(user)


async def _require_as_begun(tx: Transaction, user: User, tenant_id: TenantId) -> None:
    """That no admin changed meanwhile what was looked at when they began: a sign-in may take a quarter of an hour.

    Raises TeamsChatOff, NotSignedIn, NotAnAgent and SignInRefused.
    """
    await accounts_store.lock_account(tx.connection, user.account_id)
    account = await accounts_store.find_account(tx.connection, user.account_id)
    now = await accounts_store.lock_user_of(tx.connection, user.account_id, user.id)
    if account is None or not account.teams_chat_enabled:
        raise TeamsChatOff
    if now is None or now.suspended:
        raise NotSignedIn
    if not now.is_agent:
        raise NotAnAgent
    if await accounts_store.tenant_of(tx.connection, user.account_id) != tenant_id:
        raise SignInRefused(Reason.SIGN_IN_STALE)


def _place_of_flow(state: str) -> str:
    return f"teams_sign_ins.flow:{_hash(state)}"


def _failed(reason: Reason, number: int | None = None) -> TeamsSignInFailed:
    return TeamsSignInFailed(sentence(reason), reason.value, number)
