"""Connecting a Microsoft account: off to Microsoft's sign-in page, and back from it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from deskbridge.accounts import sessions
from deskbridge.accounts.sessions import SessionToken
from deskbridge.api import pages
from deskbridge.api.desk import Desk, Me, Origin, TheDesk, TheSession
from deskbridge.api.models import AuthenticateAnswer
from deskbridge.api.pages import Link
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, actor
from deskbridge.errors import DeskbridgeError, TeamsSignInFailed
from deskbridge.teams.model import Connection
from deskbridge.teams.reasons import Reason, from_oauth

router = APIRouter(tags=["teams"])


@router.post("/teams/authenticate")
async def authenticate(desk: TheDesk, me: Me, session: TheSession) -> AuthenticateAnswer:
    """Where **Authenticate now** leads: Microsoft's own sign-in page (C3)."""
    return AuthenticateAnswer(authorization_url=await desk.connector.connections.begin(me, session.id))


@router.get("/teams/callback", include_in_schema=False)
async def callback(request: Request, desk: TheDesk, origin: Origin) -> HTMLResponse:
    """Where Microsoft leads back to; the page and the workspace both say how it went (C4, C6)."""
    answer = dict(request.query_params)
    if "admin_consent" in answer:
        return _consent_page(answer, desk.settings.public_url)
    token = SessionToken(request.cookies.get(desk.cookie, ""))
    home = Link(desk.settings.public_url, "Open the workspace")
    try:
        connection = await desk.connector.connections.finish(answer, token)
        await _note(desk, token, origin, connection)
    except DeskbridgeError as error:
        title = "Your Microsoft Teams account is not connected"
        ways = [*await _consent_link(desk, token, error), home]
        return pages.notice(title, error.message, error.status, links=ways, small=_number(error))
    return pages.notice(
        "Your Microsoft Teams account is connected",
        "Authentication was successful. You can close this window and go on in the workspace.",
        links=[home],
    )


def _consent_page(answer: dict[str, str], public_url: str) -> HTMLResponse:
    """Where an administrator lands after Microsoft's consent page, in whatever browser they use.

    It only says what Microsoft's page said: nobody has proved who sent them here (facts.md 1.3), so nothing is
    changed by it. Whether consent was given shows when somebody connects.
    """
    if "error" in answer:
        refusal = from_oauth(answer, while_signing_in=True)
        number = f"Microsoft's number for this: AADSTS{refusal.number}" if refusal.number else None
        text = "Consent was not given, so agents still cannot connect. Open the link again and choose Accept."
        return pages.notice("Deskbridge has no consent yet", text, 409, small=number)
    return pages.notice(
        "Microsoft has your consent",
        "Deskbridge may use Teams chat for your organization now. Your agents can sign in to Microsoft Teams.",
        links=[Link(public_url, "Open the workspace")],
    )


async def _consent_link(desk: Desk, token: SessionToken, error: DeskbridgeError) -> list[Link]:
    """For an agent who can do no more than pass it on."""
    user = await sessions.find_user(desk.db, token, desk.clock())
    if user is None or error.code not in {Reason.CONSENT_NEEDED, Reason.CONSENT_DECLINED}:
        return []
    address = await desk.connector.connections.consent_address(user.account_id)
    return [Link(address, "Link for your Microsoft administrator")]


async def _note(desk: Desk, token: SessionToken, origin: str, connection: Connection) -> None:
    user = await sessions.find_user(desk.db, token, desk.clock())
    if user is None:
        return
    async with desk.db.transaction() as tx:
        what = (actor(user, origin), Action.TEAMS_CONNECTED)
        name = connection.microsoft_username or ""
        await audit.record(tx, user.account_id, what, desk.clock(), user, microsoft_username=name)


def _number(error: DeskbridgeError) -> str | None:
    number = error.number if isinstance(error, TeamsSignInFailed) else None
    return f"Microsoft's number for this: AADSTS{number}" if number else None
