"""The first run: whoever knows the code that the server printed creates the organisation and its first admin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from deskbridge.accounts import sessions, setup_codes
from deskbridge.accounts.model import Role, User, View
from deskbridge.accounts.service import NewUser
from deskbridge.admin import first_run
from deskbridge.api.desk import Origin, TheDesk
from deskbridge.api.session import open_workspace

router = APIRouter(tags=["set-up"])

Text = Annotated[str, Field(min_length=1, max_length=300)]


class SetUpNeeded(View):
    """Whether there is no organisation yet."""

    is_needed: bool


class SetUp(View):
    """The first organisation and its first administrator; `code` is the one that the server printed."""

    code: Annotated[str, Field(min_length=1, max_length=100)]
    organization: Annotated[str, Field(min_length=1, max_length=200)]
    username: Annotated[str, Field(min_length=1, max_length=320)]
    display_name: Text
    email: Annotated[str, Field(min_length=3, max_length=320)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]


@router.get("/set-up")
async def get_set_up(desk: TheDesk) -> SetUpNeeded:
    """Whether the set-up page has something to do."""
    return SetUpNeeded(is_needed=await setup_codes.is_needed(desk.db))


@router.post("/set-up", status_code=201)
async def set_up(body: SetUp, desk: TheDesk, response: Response, origin: Origin) -> User:
    """Create both, and sign the administrator in."""
    names = (body.username.strip(), body.display_name.strip(), body.email.strip())
    new = NewUser(*names, role=Role.ADMIN, password=body.password)
    who = (origin, desk.clock())
    user = await first_run.set_up(desk.db, body.code, body.organization, new, who)
    signed_in = await sessions.open_session(desk.db, user, desk.clock(), desk.lasting, origin)
    await open_workspace(desk, response, signed_in, origin, by="set-up")
    return signed_in[0]
