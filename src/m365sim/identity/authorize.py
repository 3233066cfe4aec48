"""Understanding an authorization request and answering it (facts.md 1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from m365sim.addresses import DEVICE_DONE, Addresses
from m365sim.identity import people
from m365sim.identity.clients import find_app
from m365sim.identity.errors import IdentityError, missing_parameter
from m365sim.identity.redirects import matches_any
from m365sim.identity.scopes import Asked, parse
from m365sim.identity.single_page import is_single_page
from m365sim.world.records import App, AuthCode, User
from m365sim.world.world import World

CODE_LIFE = 600.0
PROMPTS = ("", "login", "none", "consent", "select_account")
CANCELLED = "the user canceled the authentication"


@dataclass(frozen=True, slots=True)
class Return:
    """Where and how to send the person back to the app."""

    redirect_uri: str
    mode: str
    state: str | None

    def location(self, answer: Mapping[str, str]) -> str:
        """The address to go back to, for the modes query and fragment."""
        text = urlencode(self.with_state(answer))
        if self.mode == "fragment":
            return f"{self.redirect_uri}#{text}"
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{text}"

    def with_state(self, answer: Mapping[str, str]) -> dict[str, str]:
        """The answer and the state that the app sent."""
        return dict(answer) | ({"state": self.state} if self.state is not None else {})


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """A request that makes sense."""

    app: App
    back: Return
    asked: Asked
    scope_words: tuple[str, ...]
    prompt: str
    login_hint: str
    nonce: str | None
    challenge: str | None
    challenge_method: str
    #: Seconds since the sign-in that are not too many (OpenID Connect Core 3.1.2.1).
    max_age: int | None = None
    #: `code`, `id_token` or both.
    wants: frozenset[str] = frozenset({"code"})


class ReturnError(Exception):
    """A mistake that is told to the app, at its redirect URI."""

    def __init__(self, back: Return, error: IdentityError) -> None:
        super().__init__(error.description)
        self.back = back
        self.error = error


def read_request(world: World, addresses: Addresses, tenant: str, query: Mapping[str, str]) -> AuthRequest:
    """Check a request; IdentityError is shown on a page, ReturnError goes back to the app."""
    people.check_tenant(world, tenant)
    if not query.get("client_id"):
        raise missing_parameter("client_id")
    app = find_app(world, query["client_id"])
    people.check_tenant(world, tenant, app)
    back = _read_return(app, query, addresses)
    try:
        return _read_rest(world, back, query, (app, addresses))
    except IdentityError as error:
        raise ReturnError(back, error) from error


def issue_code(world: World, request: AuthRequest, user: User, auth_time: float, session_id: str) -> str:
    """A code that the app can redeem once."""
    record = AuthCode(
        code=f"1.{world.chance.secret(72)}",
        client_id=request.app.client_id,
        user_id=user.id,
        redirect_uri=request.back.redirect_uri,
        scopes=list(request.scope_words),
        challenge=request.challenge,
        challenge_method=request.challenge_method,
        nonce=request.nonce,
        auth_time=auth_time,
        expires_at=world.clock.now() + CODE_LIFE,
        generation=user.generation,
        spa=is_single_page(request.app, request.back.redirect_uri),
        session_id=session_id,
        tells_time=request.max_age is not None,
    )
    world.save(record)
    return record.code


def _read_return(app: App, query: Mapping[str, str], addresses: Addresses) -> Return:
    given = query.get("redirect_uri")
    registered = [*app.redirect_uris, *app.spa_redirect_uris]
    if not given and len(registered) == 1:
        given = registered[0]
    if not given:
        raise IdentityError("invalid_request", 900971, "No reply address provided.")
    # The page for device codes is a client of this one, for every app.
    if not matches_any([*registered, f"{addresses.pages}{DEVICE_DONE}"], given):
        raise IdentityError(
            "invalid_request",
            50011,
            f"The redirect URI '{given}' specified in the request does not match the redirect URIs configured"
            f" for the application '{app.client_id}'. Make sure the redirect URI sent in the request matches"
            " one added to your application in the Azure portal.",
        )
    wants_token = "id_token" in query.get("response_type", "").split()
    mode = query.get("response_mode") or ("fragment" if wants_token else "query")
    if mode == "query" and wants_token:
        raise IdentityError("invalid_request", 9002313, "An id_token is not returned in a query: use another mode.")
    if mode not in ("query", "fragment", "form_post"):
        raise IdentityError("invalid_request", 9002012, f"'{mode}' is not a supported response mode.")
    return Return(given, mode, query.get("state"))


def _read_rest(world: World, back: Return, query: Mapping[str, str], wanted: tuple[App, Addresses]) -> AuthRequest:
    app, addresses = wanted
    wants = _response_types(app, query)
    if not query.get("scope"):
        raise missing_parameter("scope")
    prompt = query.get("prompt", "")
    if prompt not in PROMPTS:
        raise IdentityError("invalid_request", 90023, f"Unsupported 'prompt' value '{prompt}'.")
    method = query.get("code_challenge_method") or "plain"
    if method not in ("plain", "S256"):
        raise IdentityError(
            "invalid_request", 501491, f"Invalid size or method of Code_Challenge parameter: '{method}'."
        )
    return AuthRequest(
        app=app,
        back=back,
        asked=parse(query["scope"], addresses, world.apps),
        scope_words=tuple(query["scope"].split()),
        prompt=prompt,
        login_hint=query.get("login_hint", ""),
        nonce=query.get("nonce"),
        challenge=query.get("code_challenge"),
        challenge_method=method,
        max_age=_max_age(query),
        wants=wants,
    )


def _max_age(query: Mapping[str, str]) -> int | None:
    """As the standard has it, and as was seen of Entra: it asks again, and the id_token says `auth_time`."""
    given = query.get("max_age")
    if not given:
        return None
    if not given.isdecimal():
        raise IdentityError("invalid_request", 90023, f"Unsupported 'max_age' value '{given}'.")
    return int(given)


def _response_types(app: App, query: Mapping[str, str]) -> frozenset[str]:
    """What the app wants at once: a code, and where its registration allows it an id_token (facts.md 1.1)."""
    if not query.get("response_type"):
        raise missing_parameter("response_type")
    wants = frozenset(query["response_type"].split())
    enabled = {"code", "id_token"} if app.id_tokens_at_once else {"code"}
    if not wants <= enabled:
        raise IdentityError(
            "unsupported_response_type",
            700054,
            f"response_type '{query['response_type']}' is not enabled for the application.",
        )
    if "id_token" in wants and not query.get("nonce"):
        raise missing_parameter("nonce")
    if "id_token" in wants and "openid" not in query.get("scope", "").split():
        raise IdentityError("invalid_request", 70011, "The scope openid is required to get an id_token.")
    return wants
