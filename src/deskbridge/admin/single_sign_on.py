"""Signing in to the workspace at the organisation's own OpenID provider, Microsoft Entra or any other."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx
import structlog

from deskbridge.accounts import sso_store, store
from deskbridge.accounts.model import AccountId, User
from deskbridge.accounts.session_store import Session, SessionId
from deskbridge.accounts.sso_store import Provider
from deskbridge.admin.openid import LEEWAY, Claims, OpenId
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.errors import SingleSignOnFailed
from deskbridge.storage.database import Database, Transaction
from deskbridge.teams.crypto import Vault

log = structlog.get_logger(__name__)

WITHIN: Final = timedelta(minutes=15)
_NOBODY: Final = "You have no account here under that name. Ask your administrator."


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: the stored form only must not be usable.
    return hashlib.sha256(secret.encode()).hexdigest()


def place_of_client_secret(account_id: AccountId) -> str:
    """What the secret at a provider is bound to in the vault."""
    return f"sso_providers.client_secret:{account_id}"


def _place_of_verifier(state: str) -> str:
    return f"sso_sign_ins.verifier:{_hash(state)}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody who was sent to the provider and has come back."""

    account_id: AccountId
    nonce: str
    verifier: str
    at: datetime
    """When they were sent off."""
    session_id: SessionId | None
    """For which session they prove that it is them; None: they sign in."""


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """Off to the provider's page, and back from it."""

    db: Database
    vault: Vault
    http: httpx.AsyncClient
    callback: str

    async def look_for(self, issuer: str) -> None:
        """That there is a provider which answers under that name; raises SingleSignOnFailed."""
        await OpenId(self.http).discover(issuer)

    async def configure(
        self,
        tx: Transaction,
        account_id: AccountId,
        given: tuple[str, str, str],
        who: tuple[Actor, datetime],
        *,
        is_required: bool,
    ) -> None:
        """Have a provider (issuer, client id, client secret) that was found to be one.

        Whoever was known by another one is bound anew at their next sign-in.
        """
        issuer, client_id, secret = given
        sealed = self.vault.encrypt(secret.encode(), place_of_client_secret(account_id))
        by, now = who
        await audit.record(
            tx, account_id, (by, Action.SINGLE_SIGN_ON_CHANGED), now, issuer=issuer, required=is_required
        )
        before = await sso_store.find_provider(tx.connection, account_id)
        if before is not None and before.issuer != issuer:
            await sso_store.forget_subjects(tx.connection, account_id)
        await sso_store.put_provider(tx.connection, Provider(account_id, issuer, client_id, sealed, is_required))

    async def remove(self, tx: Transaction, account_id: AccountId, who: tuple[Actor, datetime]) -> None:
        """Back to passwords."""
        by, now = who
        await audit.record(tx, account_id, (by, Action.SINGLE_SIGN_ON_CHANGED), now, issuer="none")
        await sso_store.remove_provider(tx.connection, account_id)

    async def begin(self, username: str, browser: str, now: datetime) -> str:
        """The address of the provider's page for whoever has that username; raises SingleSignOnFailed."""
        async with self.db.read() as connection:
            found = await store.find_user_by_username(connection, username.strip().casefold()[:320])
            provider = await sso_store.find_provider(connection, found[0].account_id) if found else None
        if provider is None:
            raise SingleSignOnFailed("There is no single sign-on for that username. Sign in with your password.")
        return await self._send_off(provider, username, (browser, None), now)

    async def begin_proof(self, session: Session, browser: str, now: datetime) -> str:
        """The address of the provider's page for whoever has that session, to sign in there once more."""
        async with self.db.read() as connection:
            provider = await sso_store.find_provider(connection, session.user.account_id)
        if provider is None:
            raise SingleSignOnFailed("Your organization has no single sign-on. Use your password.")
        return await self._send_off(provider, session.user.username, (browser, session.id), now)

    async def _send_off(
        self, provider: Provider, username: str, whose: tuple[str, SessionId | None], now: datetime
    ) -> str:
        openid = OpenId(self.http)
        where = await openid.discover(provider.issuer)
        browser, session_id = whose
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        async with self.db.transaction() as tx:
            await sso_store.insert_sign_in(
                tx.connection,
                now,
                state_hash=_hash(state),
                account_id=provider.account_id,
                browser_hash=_hash(browser),
                nonce=nonce,
                verifier=self.vault.encrypt(verifier.encode(), _place_of_verifier(state)),
                expires_at=now + WITHIN,
                session_id=session_id,
            )
        asked = {
            "client_id": provider.client_id,
            "redirect_uri": self.callback,
            "state": state,
            "nonce": nonce,
            "login_hint": username.strip(),
        }
        if session_id is not None:
            # OpenID Connect Core 3.1.2.1: `prompt` could be taken out of the address on the way and nobody would know;
            # `max_age` obliges the provider to say when they signed in, which `finish` looks at.
            asked |= {"prompt": "login", "max_age": "0"}
        return openid.address(where, asked, verifier)

    async def take_up(self, state: str, browser: str, now: datetime) -> SignIn:
        """The sign-in that is answered: works once, in the browser that began, for a while.

        Raises SingleSignOnFailed.
        """
        async with self.db.transaction() as tx:
            found = await sso_store.take_sign_in(tx.connection, _hash(state))
        if found is None or found.expires_at <= now or not hmac.compare_digest(found.browser_hash, _hash(browser)):
            raise SingleSignOnFailed("This sign-in is too old, or was begun in another browser. Begin again.")
        verifier = self.vault.decrypt(found.verifier, _place_of_verifier(state)).decode()
        return SignIn(found.account_id, found.nonce, verifier, found.expires_at - WITHIN, found.session_id)

    async def finish(self, begun: SignIn, answer: Mapping[str, str], now: datetime) -> User:
        """Who came back; raises SingleSignOnFailed."""
        async with self.db.read() as connection:
            provider = await sso_store.find_provider(connection, begun.account_id)
        if provider is None:
            raise SingleSignOnFailed
        _check_answer(answer, provider)
        openid = OpenId(self.http)
        where = await openid.discover(provider.issuer)
        form = {
            "code": answer["code"],
            "redirect_uri": self.callback,
            "client_id": provider.client_id,
            "client_secret": self.vault.decrypt(
                provider.client_secret, place_of_client_secret(begun.account_id)
            ).decode(),
            "code_verifier": begun.verifier,
        }
        tokens = await openid.redeem(where, form)
        claims = await openid.verify(where, tokens.id_token, provider.client_id, begun.nonce, now)
        if begun.session_id is not None:
            _check_fresh(claims, begun.at)
        user = await self._find_user(provider, claims)
        if user is None:
            # Many providers keep names and addresses out of the id_token where there is a code to redeem (5.4).
            more = await openid.look_up(where, claims, tokens.access_token, (provider.client_id, now))
            user = await self._find_user(provider, more)
        if user is None:
            raise SingleSignOnFailed(_NOBODY)
        return user

    async def _find_user(self, provider: Provider, claims: Claims) -> User | None:
        """The first time by name or address, from then on by the subject alone, which nobody can take over.

        None: nobody is known by what was said so far.
        """
        async with self.db.transaction() as tx:
            await store.lock_account(tx.connection, provider.account_id)
            bound = await sso_store.find_subject(tx.connection, provider, claims.subject)
            users = await store.list_users(tx.connection, provider.account_id)
            if bound is not None:
                known = [each for each in users if each.id == bound]
            else:
                known = [each for each in users if {each.username.casefold(), each.email.casefold()} & claims.names]
            if bound is None and not known:
                return None
            if len(known) != 1 or known[0].suspended:
                raise SingleSignOnFailed(_NOBODY)
            if bound is None:
                if await sso_store.has_subject(tx.connection, known[0].id):
                    raise SingleSignOnFailed("Somebody else signs in under that name. Ask your administrator.")
                await sso_store.bind_subject(tx.connection, provider, claims.subject, known[0].id)
        return known[0]


def _check_answer(answer: Mapping[str, str], provider: Provider) -> None:
    """That it is a code of the provider that was asked; RFC 9207 has it say so, where it can."""
    is_ours = answer.get("iss", provider.issuer) == provider.issuer
    if not is_ours or "code" not in answer:
        why = [answer.get(each, "")[:200] for each in ("error", "error_description")]
        log.warning("provider_refused", is_ours=is_ours, why=why)
        if is_ours and answer.get("error") == "access_denied":
            raise SingleSignOnFailed("You did not sign in at your organization's page. Begin again.")
        raise SingleSignOnFailed


def _check_fresh(claims: Claims, begun_at: datetime) -> None:
    """That they did sign in at the provider just now, and were not let through because they once had."""
    earliest = (begun_at - LEEWAY).timestamp()
    if claims.signed_in_at is None or claims.signed_in_at < earliest:
        raise SingleSignOnFailed("Your organization's sign-in page did not ask who you are. Use your password.")
