"""A tenant in the test's own process, and the people and apps that a story needs. Everything goes over HTTP."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import sim_schema
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec import structs

from m365sim.app import Simulator
from m365sim.chance import Chance
from m365sim.clock import Clock
from m365sim.identity.keys import rotate
from m365sim.settings import Settings
from m365sim.world.records import SigningKey
from m365sim.world.world import World

ALL_SCOPES = "User.Read Chat.ReadWrite ChatMessage.Send Presence.Read.All"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SCENARIO: dict[str, Any] = {
    "tenant": {"domain": "contoso.example", "name": "Contoso"},
    "apps": [
        {
            "name": "Test app",
            "admin_scopes": [*ALL_SCOPES.split(), "Presence.ReadWrite", "User.Read.All"],
            "app_roles": ["User.Read.All", "Chat.Read.All", "Presence.Read.All", "GroupMember.Read.All"],
            "redirect_uris": ["https://app.example/callback", "http://localhost/callback"],
        }
    ],
    "people": [
        {"alias": "anne", "name": "Anne Baker", "job_title": "Agent", "presence": "Available"},
        {"alias": "robin", "name": "Robin Hale", "job_title": "Billing Specialist", "presence": "Busy/InACall"},
        {"alias": "ben", "name": "Ben Okafor"},
        {"alias": "lee", "name": "Lee Chen", "sku": "Microsoft_365_E3_(no_Teams)"},
        {"alias": "dana", "name": "Dana Ortiz", "roles": ["Global Administrator"]},
    ],
}


@cache
def _webhook_key() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """Making keys is the slowest thing that these tests do, so one serves all."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "webhook")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


@cache
def _signing_key() -> SigningKey:
    """The same for the tenants' own key."""
    return rotate(World(Clock(frozen_at=START.timestamp()), Chance(0)))


class Checked(httpx.AsyncBaseTransport):
    """Reaches the simulator in-process, and holds every answer of Graph against Microsoft's metadata."""

    def __init__(self, app: Simulator) -> None:
        self._inner = httpx.ASGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        path = request.url.path
        if path.startswith("/v1.0/"):
            body = await response.aread()
            if response.headers.get("content-type", "").startswith("application/json"):
                wrong = sim_schema.problems(
                    request.method, path.removeprefix("/v1.0"), response.status_code, json.loads(body)
                )
                assert not wrong, f"{request.method} {path}: {wrong}"
        return response


@dataclass
class Webhook(httpx.AsyncBaseTransport):
    """A subscriber's server: proves itself, decrypts, remembers, and misbehaves when told."""

    statuses: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    validations: list[str] = field(default_factory=list)
    answers_validation: str | None = "echo"
    validation_type: str = "text/plain"
    validation_headers: httpx.Headers = field(default_factory=httpx.Headers)

    def __post_init__(self) -> None:
        self.key, self.certificate = _webhook_key()

    @property
    def certificate_text(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        query = parse_qs(urlsplit(str(request.url)).query)
        if "validationToken" in query:
            self.validation_headers = request.headers
            self.validations.append(str(request.url.copy_remove_param("validationToken")))
            token = query["validationToken"][0] if self.answers_validation == "echo" else self.answers_validation
            if token is None:
                raise httpx.ConnectError("refused")
            return httpx.Response(200, headers={"Content-Type": self.validation_type}, content=token.encode())
        status = self.statuses.pop(0) if self.statuses else 202
        if status == 0:
            raise httpx.ConnectError("refused")
        if status < 300:
            self.bodies.append(json.loads(await request.aread()))
        return httpx.Response(status)

    @property
    def items(self) -> list[dict[str, Any]]:
        """All notifications, in the order in which they came."""
        return [item for body in self.bodies for item in body["value"]]

    @property
    def told(self) -> list[str]:
        """changeType or lifecycleEvent of each."""
        return [item.get("lifecycleEvent") or item["changeType"] for item in self.items]

    def decrypt(self, item: dict[str, Any]) -> dict[str, Any]:
        """The resource inside a rich notification, its signature checked (facts.md 7.4)."""
        content = item["encryptedContent"]
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        key = self.key.decrypt(base64.b64decode(content["dataKey"]), oaep)
        data = base64.b64decode(content["data"])
        from cryptography.hazmat.primitives.hmac import HMAC

        signature = HMAC(key, hashes.SHA256())
        signature.update(data)
        signature.verify(base64.b64decode(content["dataSignature"]))
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        return json.loads(plain[: -plain[-1]])

    def forget(self) -> None:
        self.bodies.clear()


class Tenant:
    """The simulator of one test, with shortcuts for what stories do all the time."""

    def __init__(self, webhook: Webhook, *, throttling: bool = False, settings: Settings | None = None) -> None:
        self.webhook = webhook
        self.settings = settings or Settings(scenario=SCENARIO, throttling=throttling)
        self.sim = Simulator(self.settings, clock=Clock(frozen_at=START.timestamp()), outbound=webhook)
        self.http = httpx.AsyncClient(transport=Checked(self.sim), base_url="http://m365sim.test")

    async def open(self) -> "Tenant":
        self.sim.world.save(structs.replace(_signing_key()))
        await self.sim.start()
        self.info = (await self.http.get("/_sim/info")).json()
        self.id = self.info["tenant_id"]
        self.people = {person["username"].split("@")[0]: person["id"] for person in self.info["people"]}
        return self

    async def close(self) -> None:
        await self.http.aclose()
        await self.sim.stop()

    async def token(self, **form: str) -> httpx.Response:
        """Ask the token endpoint as the app."""
        known = {"client_id": self.info["client_id"], "client_secret": self.info["client_secret"]}
        return await self.http.post(f"/{self.id}/oauth2/v2.0/token", data=known | form)

    async def person(self, alias: str, scopes: str = ALL_SCOPES) -> httpx.AsyncClient:
        """Graph, as a person."""
        answer = await self.token(
            grant_type="password",
            username=f"{alias}@contoso.example",
            password="Teams-demo-1",
            scope=f"openid {scopes}",
        )
        assert answer.status_code == 200, answer.text
        return self.with_token(answer.json()["access_token"])

    async def app(self) -> httpx.AsyncClient:
        """Graph, as the app itself."""
        answer = await self.token(grant_type="client_credentials", scope="https://graph.microsoft.com/.default")
        return self.with_token(answer.json()["access_token"])

    def with_token(self, token: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=Checked(self.sim),
            base_url="http://m365sim.test/v1.0",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def chat(self, graph: httpx.AsyncClient, *aliases: str, topic: str | None = None) -> str:
        """The chat of these people."""
        body: dict[str, Any] = {
            "chatType": "group" if topic or len(aliases) > 2 else "oneOnOne",
            "members": [self.member(alias) for alias in aliases],
        }
        if topic:
            body["topic"] = topic
        answer = await graph.post("/chats", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["id"]

    def member(self, alias: str) -> dict[str, Any]:
        return {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": ["owner"],
            "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{self.people[alias]}')",
        }

    async def subscribe(self, graph: httpx.AsyncClient, resource: str, **fields: Any) -> httpx.Response:
        """A subscription with resource data; `None` leaves a field out."""
        body = {
            "changeType": "created,updated,deleted",
            "notificationUrl": "https://hook.example/notify",
            "lifecycleNotificationUrl": "https://hook.example/lifecycle",
            "resource": resource,
            "expirationDateTime": self.after(hours=2),
            "clientState": "secret",
            "includeResourceData": True,
            "encryptionCertificate": self.webhook.certificate_text,
            "encryptionCertificateId": "certificate-1",
        } | fields
        body = {name: value for name, value in body.items() if value is not None}
        return await graph.post("/subscriptions", json=body)

    def after(self, **span: float) -> str:
        moment = datetime.fromtimestamp(self.sim.clock.now(), UTC) + timedelta(**span)
        return moment.isoformat().replace("+00:00", "Z")

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"/_sim{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def settle(self) -> None:
        await self.control("POST", "/settle")

    async def advance(self, **span: float) -> None:
        await self.control("POST", "/clock/advance", {"seconds": timedelta(**span).total_seconds()})
