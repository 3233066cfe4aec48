"""Proving once more who one is, when an answer was `reauthentication_required`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from deskbridge.accounts import factor_store, sessions, sso_store
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.errors import CodeReplaced
from deskbridge.accounts.model import View
from deskbridge.admin import second_factor
from deskbridge.api.desk import Me, Origin, TheDesk, TheSession
from deskbridge.api.session import note_failure, prove_again
from deskbridge.errors import TooManyRequests, WrongCode, WrongOwnPassword

router = APIRouter(prefix="/session/proof", tags=["session"])


class Way(StrEnum):
    """How somebody can prove who they are."""

    PASSWORD = "password"  # noqa: S105  # The name of a way, no secret.
    CODE = "code"
    SINGLE_SIGN_ON = "single_sign_on"


class Proved(View):
    """Until when no further proof is asked for, as far as is known now, and how one would be given."""

    good_until: datetime
    is_good: bool
    ways: list[Way]


class GivePassword(View):
    """The User's own."""

    password: Annotated[str, Field(min_length=1, max_length=1024)]


class GiveCode(View):
    """Of the User's second factor, or one of the recovery codes."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


@router.get("")
async def get_proof(desk: TheDesk, me: Me, session: TheSession) -> Proved:
    """Whether one has to prove again who one is, and how."""
    async with desk.db.read() as connection:
        factor = await factor_store.find(connection, me.id)
        has_password = await accounts_store.has_password(connection, me.id)
        provider = await sso_store.find_provider(connection, me.account_id)
    ways = [
        *([Way.SINGLE_SIGN_ON] if session.by_single_sign_on and provider else []),
        *([Way.CODE] if factor is not None and factor.confirmed_at is not None else []),
        *([Way.PASSWORD] if has_password else []),
    ]
    until = session.proved_at + desk.settings.reauthenticate_after
    return Proved(good_until=until, is_good=desk.clock() <= until, ways=ways)


@router.post("", status_code=204)
async def give_proof(
    body: GivePassword | GiveCode, desk: TheDesk, me: Me, session: TheSession, response: Response, origin: Origin
) -> None:
    """A wrong one counts as a wrong try to sign in. The session goes on, under another cookie."""
    try:
        if isinstance(body, GivePassword):
            await sessions.check_password(desk.db, me, body.password, desk.clock())
        else:
            await second_factor.check(desk.db, desk.connector.vault, me, body.code, desk.clock())
    except (WrongOwnPassword, WrongCode, CodeReplaced, TooManyRequests) as error:
        await note_failure(desk, me.username, origin, error.code)
        raise
    by = "password" if isinstance(body, GivePassword) else "code"
    await prove_again(desk, session, response, origin, by=by)
