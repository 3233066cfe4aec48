"""Who is signed in at the identity platform in which browser (single sign-on)."""

import hashlib

from starlette.responses import Response

from m365sim.world.changes import AccessWithdrawn
from m365sim.world.records import BrowserSession, User
from m365sim.world.world import World

COOKIE = "m365sim_sso"
_HALF_WAY = "half-way "


class Sessions:
    """Sessions by the value of their cookie; the user signed in last comes last."""

    def __init__(self, world: World) -> None:
        self._world = world

    def users(self, cookie: str | None) -> list[User]:
        """Everybody who is signed in and still may be."""
        session = self._world.sessions.get(cookie or "")
        if session is None:
            return []
        found = [self._world.users.get(user_id) for user_id in session.user_ids]
        return [user for user in found if user and not user.deleted and user.enabled]

    def find(self, cookie: str | None, user_id: str) -> User | None:
        """One of the signed-in users."""
        return next((user for user in self.users(cookie) if user.id == user_id), None)

    def latest(self, cookie: str | None) -> User | None:
        """Who signed in last."""
        users = self.users(cookie)
        return users[-1] if users else None

    def half_way(self, cookie: str | None) -> User | None:
        """Who has given the password, but not yet the second factor."""
        session = self._world.sessions.get(cookie or "")
        waiting = [item for item in session.user_ids if item.startswith(_HALF_WAY)] if session else []
        return self._world.users.get(waiting[-1].removeprefix(_HALF_WAY)) if waiting else None

    def signed_in_at(self, cookie: str | None) -> float:
        """When the last sign-in of the session was; now, for a session that has only just begun."""
        session = self._world.sessions.get(cookie or "")
        return session.signed_in_at if session else self._world.clock.now()

    def public_id(self, cookie: str | None) -> str:
        """The session's name in tokens and answers (`sid`); nothing can be done with it."""
        session = self._world.sessions.get(cookie or "")
        if session is None:
            return self._world.chance.guid()
        digest = hashlib.sha256(session.id.encode()).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"

    def start(self, cookie: str | None, user: User, *, proved: bool) -> str:
        """Sign a user in; other users of the same browser stay."""
        session = self._world.sessions.get(cookie or "")
        if session is None:
            session = BrowserSession(id=self._world.chance.secret(), user_ids=[], signed_in_at=0)
        kept = [item for item in session.user_ids if item not in (user.id, _HALF_WAY + user.id)]
        session.user_ids = [*kept, user.id if proved else _HALF_WAY + user.id]
        session.signed_in_at = self._world.clock.now()
        self._world.save(session)
        return session.id

    def end(self, cookie: str | None) -> None:
        """Sign everybody out."""
        session = self._world.sessions.get(cookie or "")
        if session is not None:
            self._world.forget(session)


def remember(response: Response, cookie: str, scheme: str) -> None:
    """Keep the browser signed in.

    In the hidden frame of a page of another site only a third-party cookie counts, and browsers take those over
    https alone.
    """
    if scheme == "https":
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="none", secure=True, path="/")
    else:
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", path="/")


def revoke(world: World, user: User) -> None:
    """An administrator revokes all sign-ins: sessions end, refresh tokens die, access tokens are challenged."""
    user.generation += 1
    world.save(user)
    for session in list(world.sessions.values()):
        if user.id in session.user_ids:
            session.user_ids = [item for item in session.user_ids if item != user.id]
            world.save(session)
    world.tell(AccessWithdrawn(user_id=user.id))
