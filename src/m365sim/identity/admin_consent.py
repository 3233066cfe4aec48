"""The admin consent page (facts.md 1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from m365sim.addresses import Addresses
from m365sim.identity import consent, people
from m365sim.identity.authorize import Return
from m365sim.identity.clients import find_app
from m365sim.identity.errors import IdentityError, missing_parameter
from m365sim.identity.pages import back_to_app, page, refused
from m365sim.identity.redirects import matches_any
from m365sim.identity.scopes import Asked, parse
from m365sim.identity.sessions import COOKIE, Sessions, remember
from m365sim.world.records import App
from m365sim.world.world import World


@dataclass(slots=True)
class AdminConsent:
    """An administrator signs in and allows an app for everybody."""

    world: World
    addresses: Addresses
    sessions: Sessions

    async def show(self, request: Request) -> Response:
        """The page and what it posts."""
        query = dict(request.query_params)
        form = {key: str(value) for key, value in (await request.form()).items()}
        try:
            app, back, asked = self._read(request.path_params["tenant"], query)
        except IdentityError as error:
            return refused(self.world, error)
        here = f"{request.url.path}?{urlencode(query)}"
        if "decline" in query:
            return self._declined(back)
        if form.get("step") == "password":
            return self._sign_in(form, app, here, request.url.scheme)
        admin = self.sessions.latest(request.cookies.get(COOKIE))
        if form.get("step") != "consent" or admin is None or not consent.is_admin(admin):
            return self._ask(app, here, "")
        names = app.declared_scopes if asked.everything else [*asked.graph, *asked.own_api]
        consent.consent_for_all(self.world, app, names)
        if asked.everything:
            app.app_roles = list(dict.fromkeys([*app.app_roles, *app.declared_roles]))
            self.world.save(app)
        answer = {
            "admin_consent": "True",
            "tenant": self.world.tenant.id,
            "scope": " ".join((*asked.spelled, *asked.own_spelled)),
        }
        return back_to_app(self.world, back, answer)

    def _read(self, tenant: str, query: Mapping[str, str]) -> tuple[App, Return, Asked]:
        people.check_tenant(self.world, tenant)
        if tenant == "common":
            raise IdentityError("invalid_request", 90002, "Use a tenant or 'organizations', not 'common'.")
        for name in ("client_id", "redirect_uri", "scope"):
            if not query.get(name):
                raise missing_parameter(name)
        app = find_app(self.world, query["client_id"])
        if not matches_any([*app.redirect_uris, *app.spa_redirect_uris], query["redirect_uri"]):
            raise IdentityError("invalid_request", 50011, "The redirect URI specified in the request does not match.")
        back = Return(query["redirect_uri"], "query", query.get("state"))
        return app, back, parse(query["scope"], self.addresses, self.world.apps)

    def _ask(self, app: App, here: str, error: str) -> Response:
        return page(
            self.world, "signin", action=here, cancel=f"{here}&decline=1", error=error, username="",
            accounts=[], app=app.name, domain=self.world.tenant.domain,
        )  # fmt: skip

    def _sign_in(self, form: Mapping[str, str], app: App, here: str, scheme: str) -> Response:
        try:
            user = people.with_password(self.world, form.get("username", ""), form.get("password", ""))
            people.check_may_use(user, app)
        except IdentityError as error:
            return self._ask(app, here, error.sentence)
        if not consent.is_admin(user):
            denied = IdentityError(
                "access_denied", 90094, "Only an administrator of the tenant can grant this permission."
            )
            return refused(self.world, denied, back=f"{here}&decline=1", status=200)
        response = page(
            self.world, "consent", user=user, app=app.name, names=app.declared_scopes, for_all=True,
            action=here, decline=f"{here}&decline=1",
        )  # fmt: skip
        cookie = self.sessions.start(None, user, proved=True)
        remember(response, cookie, scheme)
        return response

    def _declined(self, back: Return) -> Response:
        text = "AADSTS65004: The resource owner or authorization server denied the request."
        return back_to_app(
            self.world,
            back,
            {"admin_consent": "True", "error": "consent_required", "error_description": text},
        )
