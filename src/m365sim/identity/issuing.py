"""The answer of the token endpoint for a person: which tokens it holds and what they allow (facts.md 1.2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from m365sim.identity import consent
from m365sim.identity.errors import IdentityError, not_consented
from m365sim.identity.scopes import Asked
from m365sim.identity.tokens import SignedIn, Tokens, client_info
from m365sim.world.records import App, RefreshToken, User
from m365sim.world.world import World

REFRESH_LIFE = 90 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Grant:
    """Who asks for whom, and what is known of the sign-in; `fixed_end` is that of a single-page app's tokens."""

    app: App
    user: User
    form: Mapping[str, str]
    signed_in: SignedIn
    fixed_end: float | None = None


@dataclass(slots=True)
class Issuer:
    """Makes the tokens of one answer."""

    world: World
    tokens: Tokens

    def answer(self, grant: Grant, asked: Asked) -> dict[str, object]:
        """The JSON of a granted request; raises when nobody has consented."""
        app, user = grant.app, grant.user
        _check_one_resource(grant.form, asked)
        asked = asked.for_one()
        if consent.missing(self.world, app, user, asked):
            raise not_consented(app.client_id, app.name)
        life = self.world.switches.access_token_seconds - 1
        oidc = [name for name in asked.oidc if name != "offline_access"]
        scope, access_token = self._access(grant, asked, oidc)
        body: dict[str, object] = {
            "token_type": "Bearer",
            "scope": " ".join(scope),
            "expires_in": life,
            "ext_expires_in": life,
            "access_token": access_token,
        }
        if asked.has("offline_access"):
            body["refresh_token"] = self._new_refresh_token(grant, asked)
        if asked.has("openid"):
            make = self.tokens.first_id_token if "resource" in grant.form else self.tokens.id_token
            body["id_token"] = make(app, user, asked, grant.signed_in)
        if grant.form.get("client_info") == "1":
            body["client_info"] = client_info(user, self.world.tenant.id)
        return body

    def _access(self, grant: Grant, asked: Asked, oidc: list[str]) -> tuple[list[str], str]:
        """The scopes as they are echoed, and the access token."""
        app, user, auth_time = grant.app, grant.user, grant.signed_in.auth_time
        if asked.own_api:
            api = self.world.apps[asked.own_api[0].removeprefix("api://").partition("/")[0]]
            names = [name.rpartition("/")[2] for name in asked.own_api]
            return [*asked.own_spelled], self.tokens.api_token(app, api, user, names, auth_time)
        names = list(asked.graph)
        granted = [name for name in consent.granted(self.world, app, user) if "://" not in name]
        if asked.everything or self.world.switches.every_token_carries_all or not names:
            # Without a resource Entra gives a token for Graph with what is granted.
            names = granted
        echoed = [*(asked.spelled or names), *oidc]
        token = self.tokens.access_token(app, user, [*names, *oidc], auth_time)
        return (granted + echoed if asked.everything else echoed), token

    def _new_refresh_token(self, grant: Grant, asked: Asked) -> str:
        now = self.world.clock.now()
        record = RefreshToken(
            token=f"0.{self.world.chance.secret(96)}",
            client_id=grant.app.client_id,
            user_id=grant.user.id,
            scopes=[*asked.spelled, *asked.own_spelled, *asked.oidc],
            auth_time=grant.signed_in.auth_time,
            issued_at=now,
            expires_at=now + REFRESH_LIFE if grant.fixed_end is None else grant.fixed_end,
            generation=grant.user.generation,
            spa=grant.fixed_end is not None,
        )
        self.world.save(record)
        return record.token


def _check_one_resource(form: Mapping[str, str], asked: Asked) -> None:
    """An authorization may span resources, a token may not (facts.md 1.2)."""
    if form.get("scope") and asked.of_graph and asked.own_api:
        raise IdentityError(
            "invalid_scope",
            28000,
            "Provided value for the input parameter scope is not valid because it contains more than one resource."
            f" Scope {form['scope']} is not valid.",
        )
