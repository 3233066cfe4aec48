"""Encrypted notifications delivered each second, in batches (goal: 3,000)."""

import asyncio
import base64
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from m365sim_load import Connection, Simulator, prepare

NOTIFICATIONS = 15_000
#: Each message in the group tells this many subscribers.
SUBSCRIBERS = 10


class Hook(asyncio.Protocol):
    """A webhook that only counts."""

    counted = 0
    expected = sys.maxsize
    complete = asyncio.Event()
    posts = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = self.data[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
            if len(self.data) < end + 4 + length:
                return
            body, line = self.data[end + 4 : end + 4 + length], self.data.split(b" ", 2)[1].decode()
            self.data = self.data[end + 4 + length :]
            token = parse_qs(urlsplit(line).query).get("validationToken", [""])[0].encode()
            Hook.counted += body.count(b'"dataSignature"')
            Hook.posts += not token
            if Hook.counted >= Hook.expected:
                Hook.complete.set()
            answer = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(token)}\r\n\r\n"
            self.transport.write(answer.encode() + token)


def certificate() -> str:
    """A new certificate as Graph wants it."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


async def deliver(simulator: Simulator) -> tuple[float, float, float]:
    """Notifications a second and a second of the core, and how many travel together."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Hook, "127.0.0.1", 0)
    hook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    people = [person for person in simulator.info["people"] if person["has_teams_license"]][:SUBSCRIBERS]
    text = certificate()

    def call(method: str, path: str, body: object, token: str = "") -> dict[str, str]:
        result: dict[str, str] = simulator.call(method, path, body, token)
        return result

    for person in people:
        body = {
            "changeType": "created", "notificationUrl": hook, "resource": "/me/chats/getAllMessages",
            "expirationDateTime": (datetime.now(UTC) + timedelta(minutes=55)).isoformat(), "clientState": "s",
            "includeResourceData": True, "encryptionCertificate": text, "encryptionCertificateId": "c",
        }  # fmt: skip
        token = simulator.person_token(person["username"])
        await asyncio.to_thread(call, "POST", "/v1.0/subscriptions", body, token)
    sender = people[0]["username"]
    group = await asyncio.to_thread(
        call, "POST", f"/_sim/users/{quote(sender)}/chats", {"members": [person["username"] for person in people]}
    )
    token = simulator.person_token(sender)
    path = f"/v1.0/chats/{quote(group['chat_id'])}/messages"
    request = prepare("POST", path, token, b'{"body":{"content":"The invoice of Tuesday is on its way."}}')
    started, used = time.perf_counter(), simulator.cpu_seconds()
    connections = [await Connection().open(simulator.port) for _ in range(8)]

    async def work(connection: Connection) -> None:
        for _ in range(NOTIFICATIONS // SUBSCRIBERS // len(connections)):
            await connection.ask(request)

    await asyncio.gather(*map(work, connections))
    expected = NOTIFICATIONS // SUBSCRIBERS // len(connections) * len(connections) * SUBSCRIBERS
    Hook.expected = expected
    await Hook.complete.wait()
    took, used = time.perf_counter() - started, simulator.cpu_seconds() - used
    for connection in connections:
        connection.close()
    server.close()
    return Hook.counted / took, Hook.counted / used, Hook.counted / Hook.posts


def main() -> None:
    """Print the figure."""
    with Simulator() as simulator:
        rate, per_core, together = asyncio.run(deliver(simulator))
    print(
        f"encrypted notifications: {rate:8,.0f} a second, {per_core:8,.0f} a second of the core,"
        f" {together:.0f} in a post (goal 3,000)"
    )


if __name__ == "__main__":
    sys.exit(main())
