"""`deskbridge doctor` against a real m365sim, with each thing broken in turn."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from pydantic import SecretStr

from deskbridge import events
from deskbridge.accounts import store as accounts_store
from deskbridge.api.desk import Desk
from deskbridge.app import create_app
from deskbridge.directory import import_store
from deskbridge.directory.imports import ImportSettings
from deskbridge.health.findings import Finding, Severity
from deskbridge.operating.doctor import examine
from deskbridge.settings import ProcessRole, Settings
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock
from support.credentials import make_credential
from support.servers import Sim, own_m365, serving

MANY = "Application.Read.All"


@pytest.fixture
def machines() -> str:
    """What is asked of Microsoft is the same on both kinds of database."""
    return "one machine"


class Practice:
    """An installation that serves, with one organisation, and its doctor."""

    def __init__(self, desk: Desk, sim: Sim, clock: Clock, anne: Agent) -> None:
        self.desk, self.settings, self.sim, self.clock, self.anne = desk, desk.settings, sim, clock, anne

    async def app(self, **changes: Any) -> None:
        """Change the registration at Microsoft."""
        client = self.sim.client
        answer = await client.put(f"/apps/{self.sim.info['client_id']}", json=changes)
        assert answer.is_success, answer.text

    async def findings(self, **changes: Any) -> list[Finding]:
        """A whole examination, with these settings changed."""
        settings = self.settings.model_copy(update=changes)
        return [each async for each in examine(settings, self.clock)]

    async def finds(self, severity: Severity, words: str, **changes: Any) -> str:
        """That finding's remedy."""
        found = await self.findings(**changes)
        remedies = [each.remedy or "" for each in found if each.severity is severity and words in each.says]
        assert remedies, "\n".join(each.in_words() for each in found)
        return remedies[0]


# What a certificate signs has the system's time.
m365 = pytest.fixture(scope="module")(own_m365)


@pytest.fixture
async def clock(sim: Sim) -> Clock:
    """The tenant's time, and then only as the test moves it."""
    clock = Clock()
    clock.now = datetime.fromtimestamp((await sim.get("/clock"))["epoch_seconds"], UTC)
    return clock


@pytest.fixture
async def practice(
    teams_settings: Settings,
    sim: Sim,
    clock: Clock,
    listening: socket.socket,
    browser_of: Callable[[], Agent],
) -> AsyncIterator[Practice]:
    callback = f"{teams_settings.public_url}/api/v1/teams/callback"
    await sim.post(f"/apps/{sim.info['client_id']}/redirect-uris", {"redirect_uris": [callback]})
    app = create_app(teams_settings, ProcessRole.WEB, clock)
    async with serving(app, listening):
        desk = app.state.desk
        account = await make_account(desk, teams_chat=True, tenant_id=sim.info["tenant_id"])
        await make_user(desk, account, "Anne Baker")
        anne = browser_of()
        await anne.sign_in("anne")
        yield Practice(desk, sim, clock, anne)


async def test_all_is_well_and_what_cannot_be_seen_is_said(practice: Practice) -> None:
    found = await practice.findings()
    assert not [each for each in found if each.severity is Severity.PROBLEM]
    assert [each.about for each in found if each.severity is Severity.OK][:3] == ["secret key", "database", "events"]
    unknown = [each.says for each in found if each.severity is Severity.UNKNOWN]
    assert any("How long the client secret lasts" in says for says in unknown)
    assert any("shows when the first agent connects" in says for says in unknown)
    assert any("once an agent is connected" in says for says in unknown)


async def test_a_connected_agent_proves_webhook_permissions_and_consent(practice: Practice) -> None:
    await practice.anne.connect_teams("anne@contoso.example")
    await practice.finds(Severity.OK, "Delegated permissions: Chat.ReadWrite, ChatMessage.Send")
    remedy = await practice.finds(
        Severity.PROBLEM, "User.ReadBasic.All", microsoft_scopes="User.Read User.ReadBasic.All"
    )
    assert "/v2.0/adminconsent?client_id=" in remedy
    await practice.sim.client.patch("/switches", json={"every_token_carries_all": True})
    more = await practice.finds(
        Severity.WARNING, "ChatMessage.Send, Presence.Read.All are not", microsoft_scopes="User.Read Chat.ReadWrite"
    )
    assert "Remove them" in more
    await practice.desk.connector.subscriptions.settle()
    await practice.finds(Severity.OK, "Microsoft has reached it (1 subscriptions)")
    # Looking has changed nothing.
    assert (await practice.anne.snapshot())["connection"]["state"] == "connected"


async def test_files_to_teams_want_one_permission_more(practice: Practice) -> None:
    async with practice.desk.db.transaction() as tx:
        account = (await accounts_store.list_accounts(tx.connection))[0]
        await accounts_store.update_account(tx.connection, account.id, files_to_teams=True)
    await practice.finds(Severity.UNKNOWN, "Whether files may go to Teams")
    async with practice.desk.db.transaction() as tx:
        await accounts_store.update_account(tx.connection, account.id, files_to_teams=False)
    await practice.anne.connect_teams("anne@contoso.example")
    async with practice.desk.db.transaction() as tx:
        await accounts_store.update_account(tx.connection, account.id, files_to_teams=True)
    assert "adminconsent" in await practice.finds(Severity.PROBLEM, "permission Files.ReadWrite is missing")
    scopes = ["User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read.All", "Files.ReadWrite"]
    await practice.app(admin_scopes=scopes)
    await practice.finds(Severity.OK, "Files may go to Teams")
    assert (await practice.anne.snapshot())["connection"]["state"] == "connected"


async def test_the_end_of_the_secret_is_seen_where_graph_lets_us(practice: Practice) -> None:
    await practice.app(app_roles=["User.Read.All", MANY])
    await practice.finds(Severity.OK, "The client secret is good for")
    await practice.app(secret_expires_in=timedelta(days=12, hours=1).total_seconds())
    await practice.finds(Severity.WARNING, "expires in 12 days")
    await practice.app(secret_expires_in=-1)
    assert "Make a new one" in await practice.finds(Severity.PROBLEM, "The client secret has expired")


async def test_credentials_that_are_wrong(practice: Practice) -> None:
    await practice.finds(Severity.PROBLEM, "The client secret is wrong", microsoft_client_secret=SecretStr("not it"))
    other = "11111111-2222-3333-4444-555555555555"
    await practice.finds(Severity.PROBLEM, "does not know the application", microsoft_client_id=other)
    await practice.finds(Severity.PROBLEM, "There are no credentials", microsoft_client_id=None)


async def test_a_certificate_in_place_of_a_secret(practice: Practice, tmp_path: Path) -> None:
    ours = make_credential(now=practice.clock.now, days=90.5)
    await practice.app(certificates=[ours.pem], app_roles=["User.Read.All", MANY])
    file = tmp_path / "ours.pem"
    given = {"microsoft_certificate_file": file, "microsoft_client_secret": None}
    write(file, ours.key_pem() + ours.pem)
    thumbprint = ours.certificate.fingerprint(SHA1()).hex().upper()
    await practice.finds(Severity.OK, f"It is good for 90 days; its thumbprint is {thumbprint}", **given)
    await practice.finds(Severity.OK, "The credentials are good", **given)
    assert not [each for each in await practice.findings(**given) if "client secret" in each.says]
    both = practice.settings.microsoft_client_secret
    assert "Unset" in await practice.finds(
        Severity.WARNING, "and not used", **given | {"microsoft_client_secret": both}
    )
    write(file, ours.key_pem() + ours.pem, 0o604)
    assert "chmod 600" in await practice.finds(Severity.WARNING, "by everybody on this machine", **given)
    await practice.app(certificates=[])
    assert "Upload it" in await practice.finds(Severity.PROBLEM, "does not know the certificate", **given)


@pytest.mark.parametrize(
    ("days", "begins_in", "severity", "says"),
    [
        (12.5, -1, Severity.WARNING, "It expires in 12 days"),
        (-0.5, -1, Severity.PROBLEM, "It expired on"),
        (90, 1, Severity.PROBLEM, "It is good from"),
    ],
)
async def test_a_certificate_that_is_not_good_for_long(
    practice: Practice, tmp_path: Path, days: float, begins_in: float, severity: Severity, says: str
) -> None:
    ours = make_credential(now=practice.clock.now, days=days, begins_in=begins_in)
    write(tmp_path / "ours.pem", ours.key_pem() + ours.pem)
    remedy = await practice.finds(severity, says, microsoft_certificate_file=tmp_path / "ours.pem")
    assert "No restart" in remedy or "clock" in remedy


async def test_a_certificate_that_cannot_be_used(practice: Practice, tmp_path: Path) -> None:
    missing = {"microsoft_certificate_file": tmp_path / "nothing.pem"}
    found = await practice.findings(**missing)
    assert [each.about for each in found if each.severity is Severity.PROBLEM] == ["app certificate"]
    await practice.finds(Severity.PROBLEM, "CERTIFICATE_FILE names cannot be read", **missing)


def write(file: Path, text: str, mode: int = 0o600) -> None:
    file.write_text(text)
    file.chmod(mode)


async def test_permissions_of_the_application(practice: Practice) -> None:
    await practice.app(app_roles=["User.Read.All", "Mail.Read"])
    assert "Remove" in await practice.finds(Severity.WARNING, "Mail.Read are not needed")
    await practice.app(app_roles=["User.Read.All", "GroupMember.Read.All"])
    await practice.finds(Severity.WARNING, "GroupMember.Read.All are not needed")
    async with practice.desk.db.transaction() as tx:
        account = (await accounts_store.list_accounts(tx.connection))[0]
        settings = ImportSettings(groups=["11111111-2222-3333-4444-555555555555"])
        await import_store.put_settings(tx.connection, account.id, settings)
    await practice.finds(Severity.OK, "Application permissions: GroupMember.Read.All, User.Read.All")
    await practice.app(app_roles=["User.Read.All"])
    await practice.finds(Severity.PROBLEM, "the groups to import cannot be read")
    await practice.app(app_roles=[])
    assert "adminconsent" in await practice.finds(Severity.PROBLEM, "User.Read.All is missing")


async def test_the_registration(practice: Practice) -> None:
    await practice.app(app_roles=["User.Read.All", MANY], assignment_required=True, redirect_uris=[])
    await practice.finds(Severity.PROBLEM, "/api/v1/teams/callback is not registered")
    await practice.finds(Severity.WARNING, "Assignment is required")


async def test_microsoft_cannot_be_reached(practice: Practice) -> None:
    await practice.finds(Severity.PROBLEM, "does not answer", microsoft_login_url="https://localhost:9")


async def test_clocks_that_differ(practice: Practice) -> None:
    await practice.finds(Severity.OK, "agrees with Microsoft's")
    practice.clock.move(seconds=-100)
    await practice.finds(Severity.WARNING, "seconds behind Microsoft's")
    practice.clock.move(minutes=20)
    assert "NTP" in await practice.finds(Severity.PROBLEM, "seconds ahead of Microsoft's")


async def test_the_webhook(practice: Practice) -> None:
    await practice.finds(Severity.WARNING, "https addresses only")
    await practice.finds(Severity.PROBLEM, "https addresses only", webhook_url="http://desk.example.com")
    await practice.finds(Severity.PROBLEM, "does not answer as Microsoft expects", webhook_url="https://localhost:9")


async def test_no_account_yet(practice: Practice, tmp_path: Path, migrated_file: Path) -> None:
    (tmp_path / "new").mkdir()
    shutil.copy(migrated_file, tmp_path / "new")
    await practice.finds(Severity.WARNING, "There are none", data_dir=tmp_path / "new")


async def test_the_ground_it_stands_on(practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await practice.finds(Severity.UNKNOWN, "There is none yet", data_dir=tmp_path / "nowhere")
    await practice.finds(Severity.WARNING, "without TLS")
    monkeypatch.setattr(events, "START_WITHIN", timedelta(milliseconds=100))
    await practice.finds(Severity.PROBLEM, "NATS server does not answer", events_url="nats://127.0.0.1:9")
    nats = {"events_url": "nats://nats.invalid:4222", "accept_plain_connections": True}
    assert "tls://" in await practice.finds(Severity.WARNING, "EVENTS_URL leads to another machine without TLS", **nats)
    away = "postgresql://x:secret@127.0.0.1:9/desk"
    found = await practice.findings(database_url=away)
    assert [each.about for each in found if each.severity is Severity.PROBLEM] == ["database"]
    assert not any("secret@" in each.says for each in found)


async def test_the_key_file(practice: Practice, tmp_path: Path) -> None:
    key = practice.settings.data_dir / "secret.key"
    key.chmod(0o644)
    assert "chmod 600" in await practice.finds(Severity.WARNING, "can be read by others")
    (tmp_path / "bad").write_text("no key")
    await practice.finds(Severity.PROBLEM, "The key file", secret_key_file=tmp_path / "bad")
    await practice.anne.connect_teams("anne@contoso.example")
    key.unlink()
    remedy = await practice.finds(Severity.WARNING, "No key that is here opens 1 agents' Microsoft tokens")
    assert "Put the old key back" in remedy
