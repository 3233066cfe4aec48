"""The Teams-like page: signing in as a person, the page itself, and its live stream."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import jinja2
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from m365sim.identity.errors import IdentityError
from m365sim.identity.people import with_password
from m365sim.teams import shown
from m365sim.teams.api import TeamsApi
from m365sim.teams.live import Live
from m365sim.world import directory
from m365sim.world.changes import (
    Change,
    ChatChanged,
    MembershipChanged,
    MessageChanged,
    PresenceChanged,
    ViewpointChanged,
)
from m365sim.world.records import BrowserSession, User
from m365sim.world.talk import Chat
from m365sim.world.world import World

COOKIE = "m365sim_teams"
_HERE = Path(__file__).parent
_TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(_HERE / "templates"), autoescape=True)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}
Handler = Callable[[Request, User], Awaitable[Response]]


class TeamsPage:
    """Routes below /teams. One browser can hold several people, one in each tab."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._live = Live()
        self._api = TeamsApi(world)

    def close(self) -> None:
        """End the live connections."""
        self._live.close()

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        api = [
            Route(f"/teams/as/{{user}}/api{path}", self._signed_in(handler), methods=[method])
            for method, path, handler in self._api.routes()
        ]
        return [
            Route("/favicon.ico", _icon),
            Route("/teams", self._door, methods=["GET"]),
            Route("/teams", self._sign_in, methods=["POST"]),
            Mount("/teams/static", StaticFiles(directory=_HERE / "static")),
            Route("/teams/as/{user}", self._signed_in(self._page)),
            Route("/teams/as/{user}/sign-out", self._signed_in(self._sign_out), methods=["POST"]),
            Route("/teams/as/{user}/live", self._signed_in(self._stream)),
            *api,
        ]

    def hear(self, change: Change) -> None:
        """A listener of the world."""
        match change:
            case MessageChanged():
                for user in self._watching(change.chat):
                    event: dict[str, object] = {"message": shown.message(self._world, change.message, user)}
                    self._tell_chat(user, change.chat, event)
            case ChatChanged() | MembershipChanged():
                for user in self._watching(change.chat):
                    self._tell_chat(user, change.chat, {})
            case ViewpointChanged():
                for user in self._watching(change.chat):
                    if user.id == change.user_id:
                        self._tell_chat(user, change.chat, {})
            case PresenceChanged():
                self._presence(change.user_id)
            case _:
                return

    def _watching(self, chat: Chat) -> list[User]:
        return [self._world.users[user_id] for user_id in chat.members if self._live.is_watched(user_id)]

    def _tell_chat(self, user: User, chat: Chat, event: dict[str, object]) -> None:
        self._live.tell(user.id, {"chat": shown.chat_summary(self._world, chat, user)} | event)

    def _presence(self, user_id: str) -> None:
        for watcher in self._live.watchers():
            if watcher == user_id or any(
                user_id in chat.members for chat in self._world.chats_of.get(watcher, {}).values()
            ):
                person = shown.person(self._world, self._world.users[user_id])
                self._live.tell(watcher, {"presence": person})

    def _users(self, request: Request) -> list[User]:
        session = self._world.sessions.get(request.cookies.get(COOKIE, ""))
        found = [self._world.users.get(user_id) for user_id in session.user_ids] if session else []
        return [user for user in found if user and not user.deleted and user.enabled]

    async def _door(self, request: Request) -> Response:
        return self._show_door(request)

    def _show_door(self, request: Request, error: str = "", username: str = "") -> Response:
        html = _TEMPLATES.get_template("door.html").render(
            people=self._users(request),
            error=error,
            username=username,
            organization=self._world.tenant.name,
            domain=self._world.tenant.domain,
        )
        return HTMLResponse(html, headers=_HEADERS)

    async def _sign_in(self, request: Request) -> Response:
        form = await request.form()
        username = str(form.get("username", ""))
        try:
            user = with_password(self._world, username, str(form.get("password", "")))
        except IdentityError:
            return self._show_door(request, "The username or password is incorrect.", username)
        if not user.enabled:
            return self._show_door(request, "This account is disabled. Contact your admin.", username)
        if not directory.has_teams(self._world, user):
            text = "You’re missing out! Ask your admin to enable Microsoft Teams for you."
            return self._show_door(request, text, username)
        session = self._world.sessions.get(request.cookies.get(COOKIE, "")) or BrowserSession(
            id=self._world.chance.secret(), user_ids=[], signed_in_at=self._world.clock.now()
        )
        session.user_ids = [item for item in session.user_ids if item != user.id] + [user.id]
        self._world.save(session)
        response = RedirectResponse(f"/teams/as/{user.upn}", 303)
        response.set_cookie(COOKIE, session.id, httponly=True, samesite="lax", path="/teams")
        return response

    def _signed_in(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            wanted = request.path_params["user"].lower()
            for user in self._users(request):
                if wanted in (user.upn.lower(), user.id):
                    return await handler(request, user)
            return RedirectResponse("/teams", 303) if request.method == "GET" else Response(status_code=401)

        return guarded

    async def _page(self, request: Request, user: User) -> Response:
        del request
        html = _TEMPLATES.get_template("chats.html").render(user=user, organization=self._world.tenant.name)
        return HTMLResponse(html, headers=_HEADERS)

    async def _sign_out(self, request: Request, user: User) -> Response:
        session = self._world.sessions[request.cookies[COOKIE]]
        session.user_ids = [item for item in session.user_ids if item != user.id]
        self._world.save(session)
        return RedirectResponse("/teams", 303)

    async def _stream(self, request: Request, user: User) -> Response:
        del request
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._live.stream(user.id), media_type="text/event-stream", headers=headers)


async def _icon(request: Request) -> Response:
    del request
    return FileResponse(_HERE / "static" / "icon.svg", media_type="image/svg+xml")
