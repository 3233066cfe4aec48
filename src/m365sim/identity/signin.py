"""Signing a person in, step by step: password, second factor, consent, and back to the app."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from m365sim.addresses import Addresses
from m365sim.identity import consent, people
from m365sim.identity.authorize import (
    CANCELLED,
    AuthRequest,
    ReturnError,
    issue_code,
    read_request,
)
from m365sim.identity.errors import AFRESH, REFUSALS, SECOND_FACTOR, IdentityError
from m365sim.identity.pages import back_to_app, page, refused
from m365sim.identity.resources import first_version_scope
from m365sim.identity.sessions import COOKIE, Sessions, remember
from m365sim.identity.tokens import SignedIn, Tokens
from m365sim.world.records import User
from m365sim.world.world import World

MFA_CODE = "123456"
_INCORRECT = "Your account or password is incorrect. If you can't remember your password, reset it now."
_NO_RENEWAL = "Type the same new password twice. It cannot be the one that has expired."
_UNKNOWN = "This username may be incorrect. Make sure that you typed it correctly. Otherwise, contact your admin."
_ADMIN_NEEDED = IdentityError(
    "access_denied",
    90094,
    "An administrator of the tenant has to grant permission to this app: consent is required from an admin.",
)
_REQUEST_SENT = IdentityError(
    "access_denied", 90095, "Admin consent is required, and a request has been sent to the admins of the tenant."
)
_DECLINED = IdentityError("access_denied", 65004, "User declined to consent to access the app.")


@dataclass(slots=True)
class SignIn:
    """The authorize endpoint and what its pages post to."""

    world: World
    addresses: Addresses
    sessions: Sessions
    tokens: Tokens

    async def authorize(self, request: Request) -> Response:
        """Where the app sends the person."""
        query = dict(request.query_params)
        if request.method == "POST":
            query |= {key: str(value) for key, value in (await request.form()).items()}
        return self._guarded(request, first_version_scope(query), {})

    async def post(self, request: Request) -> Response:
        """What the sign-in pages send; the app's request travels along in the query."""
        form = {key: str(value) for key, value in (await request.form()).items()}
        return self._guarded(request, dict(request.query_params), form)

    async def cancel(self, request: Request) -> Response:
        """The Cancel links: back to the app, empty-handed."""
        query = dict(request.query_params)
        reason = query.pop("reason", "")
        try:
            asked = read_request(self.world, self.addresses, request.path_params["tenant"], query)
        except IdentityError as error:
            return refused(self.world, error)
        except ReturnError as told:
            return _tell(self.world, told)
        known = {
            "65004": _DECLINED.description,
            "90094": _ADMIN_NEEDED.description,
            "90095": _REQUEST_SENT.description,
            "50105": "AADSTS50105: The signed in user is not assigned to a role for the application.",
        } | {str(code): f"AADSTS{code}: {sentence}" for code, (_, _, sentence) in REFUSALS.items()}
        answer = {"error": "access_denied", "error_description": known.get(reason, CANCELLED)}
        return back_to_app(self.world, asked.back, answer)

    def _guarded(self, request: Request, query: dict[str, str], form: dict[str, str]) -> Response:
        try:
            asked = read_request(self.world, self.addresses, request.path_params["tenant"], query)
        except IdentityError as error:
            return refused(self.world, error)
        except ReturnError as told:
            return _tell(self.world, told)
        visit = _Visit(self, request, asked, query)
        return visit.step(form)


class _Visit:
    """One request of one person on the way through the pages."""

    def __init__(self, owner: SignIn, request: Request, asked: AuthRequest, query: dict[str, str]) -> None:
        self.world = owner.world
        self.sessions = owner.sessions
        self.tokens = owner.tokens
        self.asked = asked
        self.cookie = request.cookies.get(COOKIE)
        self.scheme = request.url.scheme
        text = urlencode(query)
        tenant = request.path_params["tenant"]
        self.action = f"/{tenant}/login?{text}"
        self.cancel = f"/{tenant}/login/cancel?{text}"

    def step(self, form: dict[str, str]) -> Response:
        """Go on from where the person is."""
        steps: dict[str | None, Callable[[], Response]] = {
            None: self._arrive,
            "password": lambda: self._password(form),
            "code": lambda: self._code(form),
            "renew": lambda: self._renewed(form),
            "consent": self._accepted,
            "request": self._requested,
            "pick": lambda: self._picked(form),
        }
        return steps.get(form.get("step"), self._ask)()

    def _picked(self, form: dict[str, str]) -> Response:
        user = self.sessions.find(self.cookie, form.get("user", ""))
        return self._signed_in(user, self.cookie) if user else self._ask()

    def _arrive(self) -> Response:
        """Single sign-on where the request allows it, the page otherwise."""
        users = self.sessions.users(self.cookie)
        hint = self.asked.login_hint.lower()
        fitting = [user for user in users if not hint or user.upn.lower() == hint]
        if self.asked.prompt == "none":
            return self._silent(fitting)
        if self.asked.prompt == "login" or self._was_long_ago():
            return self._ask(accounts=[])
        if self.asked.prompt == "select_account" or len(fitting) != 1:
            return self._ask(accounts=users)
        return self._signed_in(fitting[0], self.cookie)

    def _was_long_ago(self) -> bool:
        most = self.asked.max_age
        return most is not None and self.world.clock.now() - self.sessions.signed_in_at(self.cookie) >= most

    def _silent(self, users: list[User]) -> Response:
        refusal = self._why_not_silent(users)
        return _tell(self.world, ReturnError(self.asked.back, refusal)) if refusal else self._leave(users[0])

    def _why_not_silent(self, users: list[User]) -> IdentityError | None:
        if len(users) != 1:
            return IdentityError("login_required", 50058, "A silent sign-in request was sent but no user is signed in.")
        try:
            people.check_may_use(users[0], self.asked.app)
            people.check_not_refused(users[0])
        except IdentityError as error:
            return error
        if consent.missing(self.world, self.asked.app, users[0], self.asked.asked):
            return IdentityError(
                "interaction_required", 65001, "The user or administrator has not consented to use the app."
            )
        return None

    def _ask(self, error: str = "", username: str | None = None, accounts: list[User] | None = None) -> Response:
        return page(
            self.world,
            "signin",
            action=self.action,
            cancel=self.cancel,
            error=error,
            username=self.asked.login_hint if username is None else username,
            accounts=accounts or [],
            app=self.asked.app.name,
            domain=self.world.tenant.domain,
        )

    def _password(self, form: dict[str, str]) -> Response:
        username = form.get("username") or form.get("loginfmt") or form.get("login") or ""
        password = form.get("password") or form.get("passwd") or ""
        try:
            user = people.with_password(self.world, username, password)
        except IdentityError as error:
            return self._ask(_UNKNOWN if error.code == 50034 else _INCORRECT, username)
        if not user.enabled:
            return refused(self.world, IdentityError("invalid_grant", 50057, "The user account is disabled."))
        if user.password_expired:
            return self._with_cookie(self._ask_renewal(user), self.sessions.start(self.cookie, user, proved=False))
        return self._right_password(user)

    def _ask_renewal(self, user: User, error: str = "") -> Response:
        return page(self.world, "renew", user=user, action=self.action, cancel=self.cancel, error=error)

    def _renewed(self, form: dict[str, str]) -> Response:
        user = self.sessions.half_way(self.cookie)
        if user is None or not user.password_expired:
            return self._ask()
        new = form.get("newpasswd", "")
        if form.get("passwd", "") != user.password:
            return self._ask_renewal(user, _INCORRECT)
        if new in ("", user.password) or new != form.get("confirm"):
            return self._ask_renewal(user, _NO_RENEWAL)
        people.renew_password(self.world, user, new)
        return self._right_password(user)

    def _right_password(self, user: User) -> Response:
        second = people.needs_second_factor(user)
        cookie = self.sessions.start(self.cookie, user, proved=not second)
        if second:
            return self._with_cookie(self._ask_code(user), cookie)
        people.has_signed_in(self.world, user)
        return self._signed_in(user, cookie)

    def _ask_code(self, user: User, error: str = "") -> Response:
        return page(self.world, "mfa", user=user, action=self.action, cancel=self.cancel, error=error)

    def _code(self, form: dict[str, str]) -> Response:
        user = self.sessions.half_way(self.cookie)
        if user is None:
            return self._ask()
        if form.get("otc", "").strip() != MFA_CODE:
            return self._ask_code(user, "You didn't enter the expected verification code. Please try again.")
        people.has_signed_in(self.world, user)
        return self._signed_in(user, self.sessions.start(self.cookie, user, proved=True))

    def _signed_in(self, user: User, cookie: str | None) -> Response:
        # A session that has only just begun is the one that the answer speaks of.
        self.cookie = cookie
        return self._with_cookie(self._next(user), cookie)

    def _next(self, user: User) -> Response:
        if user.sign_in_refusal in SECOND_FACTOR | AFRESH:
            # A session that was good before no longer is.
            return self._ask(username=user.upn)
        try:
            people.check_may_use(user, self.asked.app)
            people.check_not_blocked(user)
        except IdentityError as error:
            return refused(self.world, error, back=f"{self.cancel}&reason={error.code}", status=200)
        names = consent.missing(self.world, self.asked.app, user, self.asked.asked)
        if self.asked.prompt == "consent":
            names = names or [*self.asked.asked.graph, *self.asked.asked.own_api]
        if not names:
            return self._leave(user)
        if not consent.may_consent(self.world, user, names):
            return self._ask_an_admin(user, names)
        return page(
            self.world,
            "consent",
            user=user,
            app=self.asked.app.name,
            names=names,
            for_all=False,
            action=self.action,
            decline=f"{self.cancel}&reason=65004",
        )

    def _ask_an_admin(self, user: User, names: list[str]) -> Response:
        """The end of the way, or a request to an admin where the tenant takes such (facts.md 1.2)."""
        if not self.world.tenant.consent_requests:
            return refused(self.world, _ADMIN_NEEDED, back=f"{self.cancel}&reason=90094", status=200)
        decline = f"{self.cancel}&reason=90094"
        return page(
            self.world, "approval", user=user, app=self.asked.app.name, names=names, action=self.action, decline=decline
        )

    def _requested(self) -> Response:
        if not self.world.tenant.consent_requests or self.sessions.latest(self.cookie) is None:
            return self._ask()
        return refused(self.world, _REQUEST_SENT, back=f"{self.cancel}&reason=90095", status=200)

    def _accepted(self) -> Response:
        user = self.sessions.latest(self.cookie)
        if user is None:
            return self._ask()
        names = consent.missing(self.world, self.asked.app, user, self.asked.asked)
        if not consent.may_consent(self.world, user, names):
            return refused(self.world, _ADMIN_NEEDED, back=f"{self.cancel}&reason=90094", status=200)
        consent.consent(self.world, self.asked.app, user, names)
        return self._leave(user)

    def _leave(self, user: User) -> Response:
        auth_time = self.sessions.signed_in_at(self.cookie)
        session = self.sessions.public_id(self.cookie)
        answer = {"session_state": session}
        if "code" in self.asked.wants:
            answer["code"] = issue_code(self.world, self.asked, user, auth_time, session)
        if "id_token" in self.asked.wants:
            signed_in = SignedIn(auth_time, self.asked.nonce, session, self.asked.max_age is not None)
            answer["id_token"] = self.tokens.id_token(
                self.asked.app, user, self.asked.asked, signed_in, answer.get("code")
            )
        return back_to_app(self.world, self.asked.back, answer)

    def _with_cookie(self, response: Response, cookie: str | None) -> Response:
        if cookie:
            remember(response, cookie, self.scheme)
        return response


def _tell(world: World, told: ReturnError) -> Response:
    answer = {"error": told.error.error, "error_description": told.error.description}
    return back_to_app(world, told.back, answer)
