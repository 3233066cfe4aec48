"""Single sign-on: set up by admins, used from the sign-in page."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.requests import Request
from starlette.responses import RedirectResponse

from deskbridge.accounts import sessions, sso_store
from deskbridge.accounts.model import AccountId, User, View
from deskbridge.accounts.session_store import SessionId
from deskbridge.accounts.sessions import SessionToken
from deskbridge.admin.single_sign_on import SingleSignOn
from deskbridge.api import pages
from deskbridge.api.desk import Admin, Desk, Origin, ProvedAdmin, TheDesk, TheSession
from deskbridge.api.models import AuthenticateAnswer
from deskbridge.api.pages import Link
from deskbridge.api.session import open_workspace, prove_again
from deskbridge.audit.model import actor
from deskbridge.errors import DeskbridgeError, SingleSignOnFailed

router = APIRouter(tags=["single sign-on"])

CALLBACK: Final = "/api/v1/single-sign-on/callback"
_MINUTES: Final = 15


class SingleSignOnView(View):
    """The Account's provider, if it has one; the secret is never shown again."""

    issuer: str | None
    client_id: str | None
    is_required: bool
    redirect_uri: str


class SetSingleSignOn(View):
    """An OpenID provider; `is_required`: passwords do not count any more, but for admins."""

    issuer: Annotated[str, Field(pattern=r"^https://", max_length=500)]
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret: Annotated[str, Field(min_length=1, max_length=500)]
    is_required: bool = False


class WhoSignsIn(View):
    """The username decides which organisation's provider it is."""

    username: Annotated[str, Field(min_length=1, max_length=320)]


def _cookie(desk: Desk) -> str:
    return f"{desk.cookie}-sso"


def service_of(desk: Desk) -> SingleSignOn:
    """As this process is set up."""
    return SingleSignOn(desk.db, desk.connector.vault, desk.connector.http, f"{desk.settings.public_url}{CALLBACK}")


@router.get("/admin/single-sign-on")
async def get_single_sign_on(desk: TheDesk, admin: Admin) -> SingleSignOnView:
    """How it is set up, and the redirect URI to register at the provider."""
    return await view(desk, admin.account_id)


async def view(desk: Desk, account_id: AccountId) -> SingleSignOnView:
    """How an Account has it."""
    async with desk.db.read() as connection:
        found = await sso_store.find_provider(connection, account_id)
    return SingleSignOnView(
        issuer=found.issuer if found else None,
        client_id=found.client_id if found else None,
        is_required=found.is_required if found else False,
        redirect_uri=f"{desk.settings.public_url}{CALLBACK}",
    )


@router.put("/admin/single-sign-on")
async def set_single_sign_on(
    body: SetSingleSignOn, desk: TheDesk, admin: ProvedAdmin, origin: Origin
) -> SingleSignOnView:
    """Set it up; the provider is asked whether it is one."""
    given = (body.issuer, body.client_id, body.client_secret)
    who = (actor(admin, origin), desk.clock())
    service = service_of(desk)
    await service.look_for(body.issuer)
    async with desk.acting(admin, recorded=True) as tx:
        await service.configure(tx, admin.account_id, given, who, is_required=body.is_required)
    return await get_single_sign_on(desk, admin)


@router.delete("/admin/single-sign-on", status_code=204)
async def remove_single_sign_on(desk: TheDesk, admin: ProvedAdmin, origin: Origin) -> None:
    """Back to passwords."""
    async with desk.acting(admin, recorded=True) as tx:
        await service_of(desk).remove(tx, admin.account_id, (actor(admin, origin), desk.clock()))


@router.post("/single-sign-on")
async def begin_single_sign_on(body: WhoSignsIn, desk: TheDesk, response: Response) -> AuthenticateAnswer:
    """Where the browser is to go: the sign-in page of the organisation's provider."""
    browser = secrets.token_urlsafe(32)
    address = await service_of(desk).begin(body.username, browser, desk.clock())
    _set_cookie(response, desk, browser, _MINUTES * 60)
    return AuthenticateAnswer(authorization_url=address)


@router.post("/session/proof/single-sign-on")
async def begin_single_sign_on_proof(desk: TheDesk, session: TheSession, response: Response) -> AuthenticateAnswer:
    """Where a window is to go in which the User signs in once more, for `reauthentication_required`."""
    browser = secrets.token_urlsafe(32)
    address = await service_of(desk).begin_proof(session, browser, desk.clock())
    _set_cookie(response, desk, browser, _MINUTES * 60)
    return AuthenticateAnswer(authorization_url=address)


def _set_cookie(response: Response, desk: Desk, browser: str, max_age: int) -> None:
    secure = desk.settings.public_url.startswith("https://")
    # Lax, not Strict: the provider leads back here from another site.
    response.set_cookie(_cookie(desk), browser, max_age=max_age, path="/", httponly=True, secure=secure, samesite="lax")


@router.get("/single-sign-on/callback", include_in_schema=False)
async def finish_single_sign_on(request: Request, desk: TheDesk, origin: Origin) -> Response:
    """Where the provider leads back to: a session, and on to the workspace; or a proof for the session there is."""
    answer, service = dict(request.query_params), service_of(desk)
    try:
        begun = await service.take_up(answer.get("state", ""), request.cookies.get(_cookie(desk), ""), desk.clock())
    except DeskbridgeError as error:
        # Whoever leads a browser here with a state made up does not end what it has begun.
        return _notice(desk, error)
    try:
        user = await service.finish(begun, answer, desk.clock())
        response = await _let_in(request, desk, (user, begun.session_id), origin)
    except DeskbridgeError as error:
        response = _notice(desk, error)
    _set_cookie(response, desk, "", 0)
    return response


def _notice(desk: Desk, error: DeskbridgeError) -> Response:
    home = Link(desk.settings.public_url, "Back to the sign-in page")
    return pages.notice("You are not signed in", error.message, error.status, links=[home])


async def _let_in(request: Request, desk: Desk, who: tuple[User, SessionId | None], origin: str) -> Response:
    user, session_id = who
    if session_id is not None:
        return await _proved(request, desk, (user, session_id), origin)
    signed_in = await sessions.open_session(desk.db, user, desk.clock(), desk.lasting, origin, by_single_sign_on=True)
    response = RedirectResponse(desk.settings.public_url, 303)
    await open_workspace(desk, response, signed_in, origin, by="single sign-on")
    return response


async def _proved(request: Request, desk: Desk, who: tuple[User, SessionId], origin: str) -> Response:
    user, session_id = who
    session = await sessions.find(desk.db, SessionToken(request.cookies.get(desk.cookie, "")), desk.clock())
    if session is None or session.id != session_id or session.user.id != user.id:
        raise SingleSignOnFailed("You signed in as somebody else than in the workspace.")
    response = pages.notice("It is you", "You can close this window and go on in the workspace.")
    await prove_again(desk, session, response, origin, by="single sign-on")
    return response
