"""The list of what the identity platform serves."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from m365sim.addresses import DEVICE_DONE, DEVICE_PAGE, GRAPH_RESOURCE, Addresses
from m365sim.identity import clients, people, single_page
from m365sim.identity.admin_consent import AdminConsent
from m365sim.identity.devices import Devices
from m365sim.identity.discovery import configuration, first_version, instance, realm
from m365sim.identity.errors import IdentityError, error_body
from m365sim.identity.grants import Grants
from m365sim.identity.keys import jwks
from m365sim.identity.pages import page
from m365sim.identity.resources import first_version_answer, first_version_device, first_version_scope
from m365sim.identity.sessions import COOKIE, Sessions
from m365sim.identity.signin import SignIn
from m365sim.identity.tokens import BadToken, Tokens, pairwise
from m365sim.world.world import World

#: Libraries that run in a browser ask from other origins.
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
Document = Callable[[World, Addresses, str, str], dict[str, object]]
_NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class IdentityPlatform:
    """The identity platform over HTTP."""

    def __init__(self, world: World, addresses: Addresses, tokens: Tokens) -> None:
        self._world = world
        self._addresses = addresses
        self._tokens = tokens
        self._devices = Devices(world, addresses)
        self._grants = Grants(world, addresses, tokens, self._devices)
        self._sessions = Sessions(world)

    def routes(self) -> list[Route]:
        """Paths below the tenant's segment."""
        signin = SignIn(self._world, self._addresses, self._sessions, self._tokens)
        admin = AdminConsent(self._world, self._addresses, self._sessions)
        discovery = "/.well-known/openid-configuration"
        return [
            Route("/common/discovery/instance", self._instance),
            Route("/{tenant}/v2.0" + discovery, self._discovery),
            Route("/{tenant}" + discovery, self._first_discovery),
            *(Route(f"/common/{spelling}/{{username}}", self._realm) for spelling in ("userrealm", "UserRealm")),
            Route("/{tenant}/discovery/v2.0/keys", self._keys),
            Route("/{tenant}/discovery/keys", self._keys),
            Route("/{tenant}/oauth2/v2.0/authorize", signin.authorize, methods=["GET", "POST"]),
            Route("/{tenant}/oauth2/authorize", signin.authorize, methods=["GET", "POST"]),
            Route("/{tenant}/oauth2/token", self._token, methods=["POST", "OPTIONS"]),
            Route("/{tenant}/oauth2/logout", self._logout),
            Route("/{tenant}/login", signin.post, methods=["POST"]),
            Route("/{tenant}/login/cancel", signin.cancel),
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST", "OPTIONS"]),
            Route("/{tenant}/oauth2/v2.0/devicecode", self._devicecode, methods=["POST"]),
            Route("/{tenant}/oauth2/devicecode", self._devicecode, methods=["GET", "POST"]),
            Route(DEVICE_PAGE, self._devices.show, methods=["GET", "POST"]),
            Route("/common/oauth2/deviceauth", self._devices.show, methods=["GET", "POST"]),
            Route(DEVICE_DONE, self._devices.done),
            Route("/{tenant}/oauth2/v2.0/logout", self._logout),
            Route("/oidc/userinfo", self._userinfo, methods=["GET", "POST", "OPTIONS"]),
            Route("/{tenant}/v2.0/adminconsent", admin.show, methods=["GET", "POST"]),
        ]

    async def _discovery(self, request: Request) -> Response:
        return self._document(request, configuration)

    async def _first_discovery(self, request: Request) -> Response:
        return self._document(request, first_version)

    def _document(self, request: Request, make: Document) -> Response:
        tenant = request.path_params["tenant"]
        try:
            people.check_discovery(self._world, tenant)
        except IdentityError as error:
            return self._failed(request, error)
        return JSONResponse(make(self._world, self._addresses, tenant, request.url.scheme), headers=_ANY_ORIGIN)

    async def _realm(self, request: Request) -> Response:
        return JSONResponse(realm(self._world, request.path_params["username"]))

    async def _instance(self, request: Request) -> Response:
        return JSONResponse(instance(self._world, self._addresses, request.url.scheme))

    async def _keys(self, request: Request) -> Response:
        del request
        return JSONResponse(jwks(self._world, self._addresses.issuer(self._world.tenant.id)), headers=_ANY_ORIGIN)

    async def _token(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return _preflight(request)
        form = {key: str(value) for key, value in (await request.form()).items()}
        try:
            form = first_version_scope(form)
            people.check_tenant(self._world, request.path_params["tenant"])
            app = clients.authenticate(self._world, self._addresses, form, request.headers.get("authorization"))
            people.check_tenant(self._world, request.path_params["tenant"], app)
            single_page.check_origin(self._world, form, request.headers.get("origin"))
            return JSONResponse(
                first_version_answer(form, self._grants.grant(app, form), int(self._world.clock.now())),
                headers=self._headers(request),
            )
        except IdentityError as error:
            return self._failed(request, error)

    async def _devicecode(self, request: Request) -> Response:
        form = dict(request.query_params) | {key: str(value) for key, value in (await request.form()).items()}
        try:
            people.check_tenant(self._world, request.path_params["tenant"])
            begun = first_version_device(form, self._devices.begin(first_version_scope(form)))
            return JSONResponse(begun, headers=self._headers(request))
        except IdentityError as error:
            return self._failed(request, error)

    async def _userinfo(self, request: Request) -> Response:
        """Who a token speaks for; it is Graph that serves this."""
        if request.method == "OPTIONS":
            return _preflight(request)
        try:
            bearer = self._tokens.check(request.headers.get("authorization", "").partition(" ")[2])
        except BadToken:
            return JSONResponse({"error": "invalid_token"}, 401, headers=_ANY_ORIGIN)
        user = self._world.users.get(bearer.user_id or "")
        of_graph = bearer.audience == GRAPH_RESOURCE and "openid" in bearer.scopes
        if user is None or bearer.expires_at <= self._world.clock.now() or not of_graph:
            return JSONResponse({"error": "invalid_token"}, 401, headers=_ANY_ORIGIN)
        body = {
            "sub": pairwise(user.id, bearer.client_id),
            "name": user.display_name,
            "given_name": user.given_name,
            "family_name": user.surname,
            "email": user.mail,
        }
        return JSONResponse({name: value for name, value in body.items() if value}, headers=_ANY_ORIGIN)

    async def _logout(self, request: Request) -> Response:
        self._sessions.end(request.cookies.get(COOKIE))
        after = request.query_params.get("post_logout_redirect_uri")
        response: Response = page(
            self._world, "refused", heading="You signed out of your account",
            text="It's a good idea to close all browser windows.", timestamp="",
        )  # fmt: skip
        apps = self._world.apps.values()
        if after and any(after in (*app.redirect_uris, *app.spa_redirect_uris) for app in apps):
            response = RedirectResponse(after, 302)
        response.delete_cookie(COOKIE)
        return response

    def _failed(self, request: Request, error: IdentityError) -> Response:
        body = error_body(
            error,
            self._world.chance,
            self._world.clock.now(),
            request.headers.get("client-request-id"),
            self._addresses.origin(request.url.scheme),
        )
        return JSONResponse(body, error.status, headers=self._headers(request))

    def _headers(self, request: Request) -> dict[str, str]:
        headers = _NOT_STORED | _ANY_ORIGIN
        headers["x-ms-request-id"] = self._world.chance.guid()
        if "client-request-id" in request.headers:
            headers["client-request-id"] = request.headers["client-request-id"]
        return headers


def _preflight(request: Request) -> Response:
    """Scripts of any origin may send headers of their own."""
    asked = request.headers.get("access-control-request-headers", "content-type")
    allowed = {"Access-Control-Allow-Headers": asked, "Access-Control-Allow-Methods": "GET, POST, OPTIONS"}
    return Response(headers=_ANY_ORIGIN | allowed)
