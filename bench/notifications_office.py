"""What Microsoft would know, for `notifications.py`: agents with chats, encrypted notifications, and their proofs."""

import argparse
import asyncio
import base64
import json
import os
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding

from deskbridge.accounts import service as accounts
from deskbridge.accounts import sessions
from deskbridge.accounts.model import License, Role
from deskbridge.accounts.service import NewUser
from deskbridge.admin import users
from deskbridge.api.desk import Desk
from deskbridge.app import open_desk
from deskbridge.conversations import service
from deskbridge.directory import service as directory
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Platform
from deskbridge.directory.service import Details
from deskbridge.settings import Settings
from deskbridge.storage.schema import new_id
from deskbridge.teams.certificates import Certificates
from deskbridge.teams.encryption import Opener, load_private_key
from deskbridge.teams.ids import ChatId, LinkId, MicrosoftUserId
from deskbridge.teams.intake import client_state, hash_secret
from deskbridge.teams.resources import EncryptedContent
from deskbridge.teams.store import chats, people, subscriptions
from deskbridge.teams.store.chats import Link
from deskbridge.teams.store.people import TeamsUser
from m365sim_load import Simulator, prepare
from m365sim_notifications import Hook

LASTING = sessions.Lasting(timedelta(hours=8), timedelta(hours=8))


@dataclass
class Office:
    """What Microsoft would know: chats, secrets, the certificate, and proofs."""

    tenant_id: str
    cookies: list[str] = field(default_factory=list)
    places: list[tuple[str, str, str]] = field(default_factory=list)
    """Of each chat: the subscription's clientState, the chat, and who writes there."""
    certificate: tuple[str, rsa.RSAPublicKey, rsa.RSAPrivateKey] | None = None
    proofs: list[str] = field(default_factory=list)


async def furnish(settings: Settings, office: Office, wanted: argparse.Namespace) -> None:
    """Agents with Teams chats, as if each had written to each of their people before."""
    async with open_desk(settings) as desk:
        async with desk.db.transaction() as tx:
            account = await accounts.create_account(tx, "Bench", office.tenant_id, desk.clock())
            await users.set_teams_chat(tx, account.id, desk.clock(), enabled=True)
        vault = desk.connector.vault
        row = await Certificates(desk.db, vault, desk.clock).current()
        place = f"teams_certificates.private_key:{row.id}"
        private = load_private_key(vault.decrypt(row.private_key, place))
        public = x509.load_der_x509_certificate(row.certificate).public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        office.certificate = (row.id, public, private)
        for number in range(wanted.agents):
            await _agent(desk, account.id, number, office, wanted.chats)


async def _agent(desk: Desk, account_id: Any, number: int, office: Office, how_many: int) -> None:
    new = NewUser(f"a{number}", f"Agent {number}", f"a{number}@desk.example", Role.AGENT,
                  frozenset({License.CONTACT_CENTER}))  # fmt: skip
    now = desk.clock()
    async with desk.db.transaction() as tx:
        agent = await users.create_user(tx, account_id, new, now)
    agent, token = await sessions.open_session(desk.db, agent, now, LASTING, "bench")
    office.cookies.append(f"deskbridge={token}")
    id_, secret = new_id(), secrets.token_urlsafe(32)
    assert office.certificate is not None
    async with desk.db.transaction() as tx:
        await subscriptions.replace(
            tx.connection, agent.id, id=id_, secret_hash=hash_secret(secret), tenant_id=office.tenant_id,
            subscription_id=new_id(), certificate_id=office.certificate[0], expires_at=now + timedelta(hours=1),
            renew_at=now + timedelta(hours=1),
        )  # fmt: skip
        for place in range(how_many):
            name = f"Robin {number} {place}"
            address = f"robin.{number}.{place}@contoso.example"
            details = Details(Platform.TEAMS, name, address, frozenset({address}), None, None)
            identity_id, _ = await directory.put_identity(tx, account_id, None, details, now)
            microsoft_id = MicrosoftUserId(new_id())
            await people.insert_all(tx.connection, account_id, "bench", [TeamsUser(identity_id, microsoft_id, False)])
            person = await directory_store.find_person_of_identity(tx.connection, account_id, identity_id)
            assert person is not None
            talk = await service.start(tx, agent, person.id, Platform.TEAMS, now)
            chat_id = ChatId(f"19:{new_id()}_{new_id()}@unq.gbl.spaces")
            mine = MicrosoftUserId(f"agent-{number}")
            link = Link(LinkId(new_id()), account_id, agent.id, mine, talk.id, chat_id, None, None)
            await chats.insert(tx.connection, link)
            await chats.update_columns(tx.connection, link.id, since=now - timedelta(minutes=1))
            office.places.append((client_state(id_, secret), chat_id, microsoft_id))


async def prove(simulator: Simulator) -> list[str]:
    """Validation tokens as m365sim sends them beside a notification."""
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    class Listening(Hook):
        def data_received(self, data: bytes) -> None:
            whole = self.data + data
            super().data_received(data)
            if b'"validationTokens"' in whole and whole.endswith(b"}") and not heard.done():
                heard.set_result(whole)

    server = await asyncio.get_running_loop().create_server(Listening, "127.0.0.1", 0)
    hook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    one, two = [each for each in simulator.info["people"] if each["has_teams_license"]][:2]
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    body = {
        "changeType": "created", "notificationUrl": hook, "resource": "/me/chats/getAllMessages", "clientState": "s",
        "expirationDateTime": (now + timedelta(minutes=55)).isoformat(), "includeResourceData": True,
        "encryptionCertificate": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
        "encryptionCertificateId": "c",
    }  # fmt: skip
    token = simulator.person_token(one["username"])
    await asyncio.to_thread(simulator.call, "POST", "/v1.0/subscriptions", body, token)
    members = {"members": [one["username"], two["username"]]}
    group = await asyncio.to_thread(simulator.call, "POST", f"/_sim/users/{quote(one['username'])}/chats", members)
    said = {"body": {"content": "Hello"}}
    path = f"/v1.0/chats/{quote(group['chat_id'])}/messages"
    await asyncio.to_thread(simulator.call, "POST", path, said, token)
    async with asyncio.timeout(30):
        request = await heard
    server.close()
    return list(json.loads(request[request.index(b"\r\n\r\n") + 4 :])["validationTokens"])


def item(office: Office, number: int, place: tuple[str, str, str]) -> dict[str, Any]:
    """One notification of a new message, as Graph encrypts it (facts.md 7.4)."""
    assert office.certificate is not None
    state, chat_id, author = place
    now = datetime.now(UTC)
    message_id = str(1_700_000_000_000 + number)
    said = f"Your invoice of Tuesday is on its way, number {number}."
    message = {
        "id": message_id, "messageType": "message", "chatId": chat_id,
        "createdDateTime": now.isoformat(), "lastModifiedDateTime": now.isoformat(),
        "from": {"user": {"id": author, "displayName": "Robin"}},
        "body": {"contentType": "html", "content": f"<p>{said}</p>"}, "attachments": [], "reactions": [],
    }  # fmt: skip
    key = os.urandom(32)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(json.dumps(message).encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    data = encryptor.update(padded) + encryptor.finalize()
    signed = hmac.HMAC(key, hashes.SHA256())
    signed.update(data)
    oaep = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    return {
        "subscriptionId": str(uuid.uuid4()), "clientState": state, "changeType": "created",
        "resource": f"chats('{chat_id}')/messages('{message_id}')", "tenantId": office.tenant_id,
        "encryptedContent": {
            "data": base64.b64encode(data).decode(), "dataSignature": base64.b64encode(signed.finalize()).decode(),
            "dataKey": base64.b64encode(office.certificate[1].encrypt(key, oaep)).decode(),
            "encryptionCertificateId": office.certificate[0],
            "encryptionCertificateThumbprint": sha256(b"c").hexdigest(),
        },
    }  # fmt: skip


def posts(office: Office, items: Sequence[dict[str, Any]], together: int) -> list[bytes]:
    """Requests with so many items each."""
    return [
        prepare("POST", "/api/v1/webhooks/graph/notifications", "", json.dumps(
            {"value": items[at : at + together], "validationTokens": office.proofs}).encode())
        for at in range(0, len(items), together)
    ]  # fmt: skip


async def decrypt(office: Office, items: Sequence[dict[str, Any]]) -> float:
    """How many a second are opened, on all cores, by what the product opens them with."""
    assert office.certificate is not None
    opener = Opener()
    contents: list[EncryptedContent | None] = [
        EncryptedContent(each["data"], each["dataKey"], each["dataSignature"], each["encryptionCertificateId"])
        for each in (one["encryptedContent"] for one in items)
    ]
    started = time.perf_counter()
    opened = await opener.open_all(contents, {office.certificate[0]: office.certificate[2]})
    took = time.perf_counter() - started
    assert all(isinstance(each, bytes) for each in opened)
    opener.close()
    return len(items) / took
