"""One call of a Graph operation and its answer, without ASGI."""

from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote

from m365sim.graph.bodies import read_body
from m365sim.graph.errors import GraphError
from m365sim.identity.tokens import Bearer
from m365sim.world.records import User
from m365sim.world.world import World

Json = dict[str, object]
_T = TypeVar("_T")


@dataclass(slots=True)
class Caller:
    """Who is calling: an app, and for a delegated token the user."""

    bearer: Bearer
    user: User | None

    @property
    def app_id(self) -> str:
        """The calling app."""
        return self.bearer.client_id


@dataclass(slots=True)
class Call:
    """A request that has passed the gate."""

    world: World
    caller: Caller
    base: str
    path: tuple[str, ...]
    ids: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def me(self) -> User:
        """The signed-in user, for operations that only a delegated token reaches."""
        if self.caller.user is None:
            raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        return self.caller.user

    @property
    def prefers(self) -> str:
        """The Prefer header, lower case."""
        return self.headers.get("prefer", "").lower()

    def read(self, shape: type[_T]) -> _T:
        """The body as a known shape; BadRequest names what is wrong."""
        return read_body(self.body, shape, refuse_unknown=self.world.switches.unknown_properties == "refused")

    def check_match(self, etag: str, error: GraphError) -> None:
        """If-Match: refuse when what the caller knows is not what there is now."""
        given = self.headers.get("if-match", "*").strip()
        if given not in ("*", "") and _bare(given) != _bare(etag):
            raise error

    def context(self, what: str) -> str:
        """@odata.context."""
        return f"{self.base}/$metadata#{what}"


@dataclass(slots=True)
class Answer:
    """What an operation answers: JSON, bytes, or nothing."""

    status: int = 200
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


def _bare(etag: str) -> str:
    """An ETag without the marks of being one, as properties and headers spell it differently."""
    return etag.strip().removeprefix("W/").strip('"')


def escaped(text: str) -> str:
    """An id as Graph writes it inside @odata.context."""
    return quote(text, safe="")
