"""What the token endpoint grants: codes, refresh tokens, passwords, devices, on behalf of, apps (facts.md 1.2)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace

from m365sim.addresses import Addresses
from m365sim.identity import devices, people, single_page
from m365sim.identity.errors import IdentityError, missing_parameter, refusal
from m365sim.identity.issuing import Grant, Issuer
from m365sim.identity.scopes import parse
from m365sim.identity.tokens import BadToken, Bearer, SignedIn, Tokens
from m365sim.world.records import App, AuthCode, User
from m365sim.world.world import World


@dataclass(slots=True)
class Grants:
    """The grants; each takes the form that a proved app has sent."""

    world: World
    addresses: Addresses
    tokens: Tokens
    devices: devices.Devices

    @property
    def _issuer(self) -> Issuer:
        return Issuer(self.world, self.tokens)

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
            case devices.GRANT_TYPE | devices.OLD_GRANT_TYPE:
                return self._device(app, form)
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                return self._on_behalf_of(app, form)
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
        original = parse(" ".join(record.scopes), self.addresses, self.world.apps)
        asked = parse(form["scope"], self.addresses, self.world.apps) if form.get("scope") else original
        if not asked.spelled and not asked.own_api:
            asked = replace(original, oidc=asked.oidc or original.oidc)
        if original.has("offline_access") and not asked.has("offline_access"):
            asked = replace(asked, oidc=(*asked.oidc, "offline_access"))
        end = self.world.clock.now() + single_page.REFRESH_LIFE if record.spa else None
        signed_in = SignedIn(record.auth_time, record.nonce, record.session_id, record.tells_time)
        return self._issuer.answer(Grant(app, user, form, signed_in, end), asked)

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
        asked = parse(form.get("scope") or " ".join(record.scopes), self.addresses, self.world.apps)
        asked = replace(asked, oidc=tuple(dict.fromkeys((*asked.oidc, "offline_access"))))
        end = record.expires_at if record.spa else None
        return self._issuer.answer(Grant(app, user, form, SignedIn(record.auth_time), end), asked)

    def _password(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        user = people.with_password(self.world, _required(form, "username"), _required(form, "password"))
        people.check_may_use(user, app)
        people.check_not_refused(user)
        if user.mfa:
            raise refusal(50076)
        return self._answer(app, user, form, _required(form, "scope"), SignedIn(self.world.clock.now()))

    def _client_credentials(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        asked = parse(_required(form, "scope"), self.addresses, self.world.apps)
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

    def _device(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        """The device whose code a person has signed in for."""
        record = self.devices.redeem(app, _required(form, "device_code"))
        user = self._user(record.user_id or "", app)
        if record.generation < user.generation:
            raise _revoked()
        return self._answer(app, user, form, record.scope, SignedIn(record.auth_time))

    def _on_behalf_of(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        """A back end exchanges the token that it was called with for one of its own (RFC 7523)."""
        if form.get("requested_token_use") != "on_behalf_of":
            raise missing_parameter("requested_token_use")
        if app.public_client:
            raise IdentityError("invalid_client", 7000218, "On-behalf-of is for confidential clients.")
        bearer = self._assertion(app, _required(form, "assertion"))
        user = self._user(bearer.user_id or "", app)
        if bearer.generation < user.generation:
            raise _revoked()
        return self._answer(app, user, form, _required(form, "scope"), SignedIn(bearer.issued_at))

    def _assertion(self, app: App, assertion: str) -> Bearer:
        try:
            bearer = self.tokens.check(assertion)
        except BadToken as trouble:
            raise IdentityError("invalid_grant", 50013, "Assertion failed signature validation.") from trouble
        if bearer.audience not in (app.client_id, f"api://{app.client_id}"):
            raise IdentityError(
                "invalid_grant",
                500131,
                "Assertion audience does not match the Client app presenting the assertion. The audience in the"
                f" assertion was '{bearer.audience}' and the expected audience is '{app.client_id}' or one of the"
                f" Application Uris of this application with App ID '{app.client_id}'.",
            )
        if bearer.expires_at <= self.world.clock.now():
            raise IdentityError("invalid_grant", 500133, "Assertion is not within its valid time range.")
        if bearer.user_id is None or not bearer.scopes:
            raise IdentityError("invalid_grant", 50013, "Assertion is not an access token of a user.")
        return bearer

    def _answer(
        self, app: App, user: User, form: Mapping[str, str], scope: str, signed_in: SignedIn
    ) -> dict[str, object]:
        asked = parse(scope, self.addresses, self.world.apps)
        return self._issuer.answer(Grant(app, user, form, signed_in), asked)

    def _user(self, user_id: str, app: App) -> User:
        user = self.world.users.get(user_id)
        if user is None:
            raise people.unknown_user(self.world)
        people.check_may_use(user, app)
        people.check_not_refused(user)
        return user


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
