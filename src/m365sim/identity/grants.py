"""What the token endpoint grants: codes, refresh tokens, passwords, client credentials (facts.md 1.2)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from m365sim.addresses import Addresses
from m365sim.identity import consent, people, single_page
from m365sim.identity.errors import IdentityError, mfa_needed, missing_parameter, not_consented
from m365sim.identity.scopes import Asked, parse
from m365sim.identity.tokens import Tokens, client_info
from m365sim.world.records import App, AuthCode, RefreshToken, User
from m365sim.world.world import World

REFRESH_LIFE = 90 * 24 * 3600.0


@dataclass(slots=True)
class Grants:
    """The four grants; each takes the form that a proved app has sent."""

    world: World
    addresses: Addresses
    tokens: Tokens

    def grant(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        """Answer a token request."""
        match form.get("grant_type"):
            case "authorization_code":
                return self._code(app, form)
            case "refresh_token":
                return self._refresh(app, form)
            case "client_credentials":
                return self._client_credentials(app, form)
            case "password":
                return self._password(app, form)
            case None | "":
                raise missing_parameter("grant_type")
            case other:
                raise IdentityError(
                    "unsupported_grant_type",
                    70003,
                    f"The app requested an unsupported grant type '{other}'.",
                )

    def _code(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        record = self.world.codes.get(_required(form, "code"))
        if record is None or record.client_id != app.client_id:
            raise IdentityError("invalid_grant", 70000, "The provided value for the 'code' is not valid.")
        if record.redeemed:
            raise IdentityError(
                "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed, please retry with a"
                " new valid code or use an existing refresh token.",
            )  # fmt: skip
        if record.expires_at <= self.world.clock.now():
            raise IdentityError(
                "invalid_grant", 70008, "The provided authorization code or refresh token has expired due to"
                " inactivity. Send a new interactive authorization request for this user and resource.",
            )  # fmt: skip
        if form.get("redirect_uri") != record.redirect_uri:
            raise IdentityError(
                "invalid_grant", 50011, "The redirect URI specified in the request does not match the one"
                " used to request the authorization code.",
            )  # fmt: skip
        _check_verifier(record, form.get("code_verifier"))
        user = self._user(record.user_id, app)
        if record.generation < user.generation:
            raise _revoked()
        record.redeemed = True
        self.world.save(record)
        original = parse(" ".join(record.scopes), self.addresses)
        asked = parse(form["scope"], self.addresses) if form.get("scope") else original
        if not asked.spelled:
            asked = Asked(original.graph, asked.oidc or original.oidc, original.spelled, original.everything)
        if original.has("offline_access") and not asked.has("offline_access"):
            asked = Asked(asked.graph, (*asked.oidc, "offline_access"), asked.spelled, asked.everything)
        until = self.world.clock.now() + single_page.REFRESH_LIFE if record.spa else None
        return self._for_user(app, user, asked, _Context(form, record.auth_time, record.nonce, until))

    def _refresh(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        record = self.world.refresh_tokens.get(_required(form, "refresh_token"))
        now = self.world.clock.now()
        if record is None or record.client_id != app.client_id:
            raise IdentityError(
                "invalid_grant", 70000, "Provided grant is invalid or malformed: the refresh token was not"
                " issued to this client.",
            )  # fmt: skip
        if record.expires_at <= now and record.spa:
            raise single_page.expired()
        if record.expires_at <= now:
            raise IdentityError(
                "invalid_grant", 700082, "The refresh token has expired due to inactivity. The token was"
                " issued more than 90 days ago and was inactive.", suberror="bad_token",
            )  # fmt: skip
        user = self._user(record.user_id, app)
        if record.revoked or record.generation < user.generation:
            raise _revoked()
        asked = parse(form.get("scope") or " ".join(record.scopes), self.addresses)
        asked = Asked(
            asked.graph,
            tuple(dict.fromkeys((*asked.oidc, "offline_access"))),
            asked.spelled,
            asked.everything,
        )
        until = record.expires_at if record.spa else None
        return self._for_user(app, user, asked, _Context(form, record.auth_time, None, until))

    def _password(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        user = people.with_password(self.world, _required(form, "username"), _required(form, "password"))
        people.check_may_use(user, app)
        if user.mfa:
            raise mfa_needed()
        asked = parse(_required(form, "scope"), self.addresses)
        return self._for_user(app, user, asked, _Context(form, self.world.clock.now(), None))

    def _client_credentials(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        asked = parse(_required(form, "scope"), self.addresses)
        if not asked.everything or asked.graph or asked.oidc:
            raise IdentityError(
                "invalid_scope", 1002012, "The provided value for scope"
                f" {form['scope']} is not valid."
                " Client credential flows must have a scope value with /.default"
                " suffixed to the resource identifier (application ID URI).",
            )  # fmt: skip
        life = self.world.switches.access_token_seconds - 1
        return {
            "token_type": "Bearer",
            "expires_in": life,
            "ext_expires_in": life,
            "access_token": self.tokens.access_token(app, None, app.app_roles, self.world.clock.now()),
        }

    def _user(self, user_id: str, app: App) -> User:
        user = self.world.users.get(user_id)
        if user is None:
            raise people.unknown_user(self.world)
        people.check_may_use(user, app)
        return user

    def _for_user(self, app: App, user: User, asked: Asked, context: "_Context") -> dict[str, object]:
        if consent.missing(self.world, app, user, asked):
            raise not_consented(app.client_id, app.name)
        granted = consent.granted(self.world, app, user)
        names = list(asked.graph)
        if asked.everything or self.world.switches.every_token_carries_all or not names:
            # Without a resource Entra gives a token for Graph with what is granted.
            names = granted
        life = self.world.switches.access_token_seconds - 1
        spelled = list(asked.spelled) or names
        echoed = [*spelled, *(name for name in asked.oidc if name != "offline_access")]
        claimed = [*names, *(name for name in asked.oidc if name != "offline_access")]
        body: dict[str, object] = {
            "token_type": "Bearer",
            "scope": " ".join(granted + echoed if asked.everything else echoed),
            "expires_in": life,
            "ext_expires_in": life,
            "access_token": self.tokens.access_token(app, user, claimed, context.auth_time),
        }
        if asked.has("offline_access"):
            body["refresh_token"] = self._new_refresh_token(app, user, asked, context)
        if asked.has("openid"):
            body["id_token"] = self.tokens.id_token(app, user, asked, context.nonce)
        if context.form.get("client_info") == "1":
            body["client_info"] = client_info(user, self.world.tenant.id)
        return body

    def _new_refresh_token(self, app: App, user: User, asked: Asked, context: "_Context") -> str:
        now = self.world.clock.now()
        record = RefreshToken(
            token=f"0.{self.world.chance.secret(96)}",
            client_id=app.client_id,
            user_id=user.id,
            scopes=[*asked.spelled, *asked.oidc],
            auth_time=context.auth_time,
            issued_at=now,
            expires_at=context.until or now + REFRESH_LIFE,
            generation=user.generation,
            spa=context.until is not None,
        )
        self.world.save(record)
        return record.token


@dataclass(slots=True)
class _Context:
    form: Mapping[str, str]
    auth_time: float
    nonce: str | None
    #: When the refresh tokens of a single-page app end, however often they are used.
    until: float | None = None


def _required(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise missing_parameter(name)
    return value


def _check_verifier(record: AuthCode, verifier: str | None) -> None:
    if record.challenge is None:
        return
    if not verifier:
        raise missing_parameter("code_verifier")
    proof = verifier
    if record.challenge_method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not hmac.compare_digest(proof.encode(), record.challenge.encode()):
        raise IdentityError(
            "invalid_grant", 501481, "The Code_Verifier does not match the code_challenge supplied in the"
            " authorization request.",
        )  # fmt: skip


def _revoked() -> IdentityError:
    return IdentityError(
        "invalid_grant",
        50173,
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might"
        " have changed or reset their password.",
        suberror="bad_token",
    )
