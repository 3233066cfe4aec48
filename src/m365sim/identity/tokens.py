"""Making and checking JWTs (facts.md 1.6, 7.5)."""

import base64
import hashlib
import json
from dataclasses import dataclass

import jwt
from jwt.types import Options

from m365sim.addresses import GRAPH_RESOURCE, Addresses
from m365sim.identity.keys import load_private, load_public, signing_key
from m365sim.identity.scopes import Asked
from m365sim.world.records import App, User
from m365sim.world.world import World

CHANGE_TRACKING_APP = "0bf30f3b-4a52-48df-9a82-234910c4a086"
_CACHE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Bearer:
    """A checked access token."""

    token_id: str
    audience: str
    client_id: str
    user_id: str | None
    scopes: frozenset[str]
    roles: frozenset[str]
    issued_at: float
    expires_at: float
    #: Which generation of the user's sign-ins it belongs to.
    generation: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """How the person behind a token had signed in."""

    auth_time: float
    nonce: str | None = None
    session_id: str = ""
    #: The request had a `max_age`, so the id_token says `auth_time` (OpenID Connect Core 2).
    tells_time: bool = False


class BadToken(ValueError):
    """Not a token that this tenant has signed."""


class Tokens:
    """The tenant's mint."""

    def __init__(self, world: World, addresses: Addresses) -> None:
        self._world = world
        self._addresses = addresses
        self._checked: dict[str, Bearer] = {}

    def forget_checked(self) -> None:
        """After a reset nothing checked before counts."""
        self._checked.clear()

    def access_token(self, app: App, user: User | None, names: list[str], auth_time: float) -> str:
        """An access token for Graph: v1.0, as Graph's are; `names` are scopes, or roles without a user."""
        world = self._world
        now = int(world.clock.now())
        tenant = world.tenant.id
        claims: dict[str, object] = {
            "aud": GRAPH_RESOURCE,
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + world.switches.access_token_seconds,
            # Opaque to clients, so it can carry what revocation needs.
            "aio": f"{world.chance.secret(24)}.{user.generation if user else 0}",
            "app_displayname": app.name,
            "appid": app.client_id,
            "appidacr": "0" if app.public_client else "1",
            "idtyp": "user" if user else "app",
            "tid": tenant,
            "uti": world.chance.secret(16),
            "ver": "1.0",
        }
        if user is None:
            claims |= {"oid": app.object_id, "sub": app.object_id, "roles": names}
        else:
            claims |= {
                "oid": user.id,
                "sub": pairwise(user.id, GRAPH_RESOURCE),
                "scp": " ".join(names),
                "upn": user.upn,
                "unique_name": user.upn,
                "name": user.display_name,
                "auth_time": int(auth_time),
            }
        return self._sign(claims)

    def api_token(self, app: App, api: App, user: User, names: list[str], auth_time: float) -> str:
        """An access token for the API that an app exposes, v2.0; what on-behalf-of exchanges."""
        now = int(self._world.clock.now())
        claims: dict[str, object] = {
            "aud": api.client_id,
            "iss": self._addresses.issuer(self._world.tenant.id),
            "iat": now,
            "nbf": now,
            "exp": now + self._world.switches.access_token_seconds,
            "aio": f"{self._world.chance.secret(24)}.{user.generation}",
            "auth_time": int(auth_time),
            "azp": app.client_id,
            "azpacr": "0" if app.public_client else "1",
            "name": user.display_name,
            "oid": user.id,
            "preferred_username": user.upn,
            "scp": " ".join(names),
            "sub": pairwise(user.id, api.client_id),
            "tid": self._world.tenant.id,
            "uti": self._world.chance.secret(16),
            "ver": "2.0",
        }
        return self._sign(claims)

    def id_token(self, app: App, user: User, asked: Asked, signed_in: "SignedIn", code: str | None = None) -> str:
        """A v2.0 id_token; beside a code it says which."""
        world = self._world
        now = int(world.clock.now())
        claims: dict[str, object] = {
            "aud": app.client_id,
            "iss": self._addresses.issuer(world.tenant.id),
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "aio": world.chance.secret(24),
            "rh": f"0.{world.chance.secret(30)}.",
            "sub": pairwise(user.id, app.client_id),
            "tid": world.tenant.id,
            "uti": world.chance.secret(16),
            "ver": "2.0",
        }
        if asked.has("profile"):
            claims |= {"name": user.display_name, "oid": user.id, "preferred_username": user.upn}
        if asked.has("email") and user.mail:
            claims["email"] = user.mail
        if signed_in.nonce:
            claims["nonce"] = signed_in.nonce
        if signed_in.tells_time:
            claims["auth_time"] = int(signed_in.auth_time)
        if signed_in.session_id:
            claims["sid"] = signed_in.session_id
        if code:
            half = hashlib.sha256(code.encode()).digest()[:16]
            claims["c_hash"] = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
        return self._sign(claims)

    def first_id_token(self, app: App, user: User, asked: Asked, signed_in: "SignedIn") -> str:
        """A v1.0 id_token, which names people by their user principal name."""
        del asked
        tenant = self._world.tenant.id
        now = int(self._world.clock.now())
        names = {"name": user.display_name, "given_name": user.given_name, "family_name": user.surname}
        claims: dict[str, object] = {name: value for name, value in names.items() if value}
        claims |= {
            "aud": app.client_id,
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "oid": user.id,
            "sub": pairwise(user.id, app.client_id),
            "tid": tenant,
            "unique_name": user.upn,
            "upn": user.upn,
            "uti": self._world.chance.secret(16),
            "ver": "1.0",
        }
        if signed_in.nonce:
            claims["nonce"] = signed_in.nonce
        return self._sign(claims)

    def validation_token(self, client_id: str) -> str:
        """What proves a rich notification: Graph's change tracking speaks to the app (facts.md 7.5)."""
        world = self._world
        now = int(world.clock.now())
        tenant = world.tenant.id
        claims: dict[str, object] = {
            "aud": client_id,
            "iat": now,
            "nbf": now,
            "exp": now + 24 * 3600,
            "aio": world.chance.secret(24),
            "rh": f"0.{world.chance.secret(30)}.",
            "tid": tenant,
            "uti": world.chance.secret(16),
        }
        if world.switches.validation_proof_version == "1.0":
            issuer = f"https://sts.windows.net/{tenant}/"
            claims |= {"iss": issuer, "idp": issuer, "appid": CHANGE_TRACKING_APP, "appidacr": "2", "ver": "1.0"}
        else:
            speaker = pairwise(CHANGE_TRACKING_APP, tenant)
            claims |= {
                "iss": self._addresses.issuer(tenant), "azp": CHANGE_TRACKING_APP, "azpacr": "2", "oid": speaker,
                "sub": speaker, "ver": "2.0",
            }  # fmt: skip
        return self._sign(claims)

    def check(self, token: str) -> Bearer:
        """Signature and shape; audience, expiry and scope are the callers' business."""
        known = self._checked.get(token)
        if known is None:
            known = self._read(token)
            if len(self._checked) >= _CACHE_LIMIT:
                self._checked.clear()
            self._checked[token] = known
        return known

    def _sign(self, claims: dict[str, object]) -> str:
        key = signing_key(self._world)
        headers = {"kid": key.kid, "x5t": key.kid}
        return jwt.encode(claims, load_private(key.private_pem), "RS256", headers)

    def _read(self, token: str) -> Bearer:
        try:
            key = self._world.signing_keys[jwt.get_unverified_header(token).get("kid", "")]
            # Times are judged by the tenant's clock, not by the machine's.
            unjudged: Options = {
                "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
            }  # fmt: skip
            claims = jwt.decode(token, load_public(key), ["RS256"], unjudged)
            is_app = claims.get("idtyp") == "app"
            return Bearer(
                token_id=claims["uti"],
                audience=claims["aud"],
                client_id=claims.get("appid") or claims.get("azp") or "",
                user_id=None if is_app else claims.get("oid", ""),
                scopes=frozenset(claims.get("scp", "").split()),
                roles=frozenset(claims.get("roles", ())),
                issued_at=float(claims["iat"]),
                expires_at=float(claims["exp"]),
                # Only access tokens carry it, and only these have permissions.
                generation=int(claims["aio"].rpartition(".")[2] or 0) if {"scp", "appid"} & claims.keys() else 0,
            )
        except (jwt.PyJWTError, KeyError, ValueError) as trouble:
            raise BadToken(str(trouble)) from trouble


def client_info(user: User, tenant_id: str) -> str:
    """What MSAL makes its account key from (facts.md 1.8)."""
    text = json.dumps({"uid": user.id, "utid": tenant_id}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def pairwise(subject: str, audience: str) -> str:
    """A subject that differs for each app."""
    digest = hashlib.sha256(f"{subject} {audience}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
