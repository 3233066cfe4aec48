"""A User's own second factor: begun, confirmed, taken away; and taken away by an admin when the phone is lost."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter
from pydantic import Field

from deskbridge.accounts import factor_store, sessions
from deskbridge.accounts.model import UserId, View
from deskbridge.admin import second_factor
from deskbridge.admin.managing import Managing
from deskbridge.api.desk import Me, Origin, ProvedAdmin, SignedIn, TheDesk
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, actor

router = APIRouter(tags=["second factor"])


class SecondFactor(View):
    """Whether a second factor is asked for, since when, and how many recovery codes are left."""

    since: datetime | None
    recovery_codes: int


class NewSecondFactor(View):
    """To be scanned or typed into an authenticator app; the picture is a data address of an SVG."""

    secret: str
    address: str
    picture: str


class Code(View):
    """A code of the authenticator app, or a recovery code."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


class Password(View):
    """The User's own password."""

    password: Annotated[str, Field(min_length=1, max_length=1024)]


class RecoveryCodes(View):
    """Each works once, in place of a code; shown only now."""

    codes: list[str]


@router.get("/me/second-factor")
async def get_second_factor(desk: TheDesk, me: SignedIn) -> SecondFactor:
    """How one's own stands."""
    async with desk.db.read() as connection:
        found = await factor_store.find(connection, me.id)
        left = await factor_store.count_recovery_codes(connection, me.id)
    return SecondFactor(since=found.confirmed_at if found else None, recovery_codes=left)


@router.post("/me/second-factor", status_code=201)
async def begin_second_factor(body: Password, desk: TheDesk, me: SignedIn) -> NewSecondFactor:
    """A new secret; it counts once a code of it was right. Asks for the password: an open workspace is not enough."""
    await sessions.check_password(desk.db, me, body.password, desk.clock())
    async with desk.acting(me) as tx:
        address, picture = await second_factor.begin(tx, desk.connector.vault, me)
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    data = base64.b64encode(picture).decode()
    return NewSecondFactor(secret=secret, address=address, picture=f"data:image/svg+xml;base64,{data}")


@router.post("/me/second-factor/confirm")
async def confirm_second_factor(body: Code, desk: TheDesk, me: SignedIn, origin: Origin) -> RecoveryCodes:
    """The first code: from now on one is asked for at each sign-in with a password."""
    async with desk.acting(me, recorded=True) as tx:
        await audit.record(tx, me.account_id, (actor(me, origin), Action.SECOND_FACTOR_ADDED), desk.clock(), me)
        codes = await second_factor.confirm(tx, desk.connector.vault, me, body.code, desk.clock())
    return RecoveryCodes(codes=codes)


@router.post("/me/second-factor/remove", status_code=204)
async def remove_second_factor(body: Code, desk: TheDesk, me: Me, origin: Origin) -> None:
    """Take one's own away; asks for a code."""
    await second_factor.check(desk.db, desk.connector.vault, me, body.code, desk.clock())
    async with desk.acting(me, recorded=True) as tx:
        await audit.record(tx, me.account_id, (actor(me, origin), Action.SECOND_FACTOR_REMOVED), desk.clock(), me)
        await factor_store.remove(tx.connection, me.id)


@router.post("/admin/users/{user_id}/remove-second-factor", status_code=204)
async def remove_users_second_factor(user_id: UserId, desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> None:
    """For somebody who has lost phone and recovery codes."""
    async with desk.acting(admin, recorded=True) as tx:
        await Managing(tx, admin.account_id, actor(admin, origin), desk.clock()).remove_second_factor(user_id)
