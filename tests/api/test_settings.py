"""A wrong setting is named, with what is wrong and an example that would do."""

from __future__ import annotations

import pytest

from deskbridge.addresses import for_driver
from deskbridge.errors import WrongSetting
from deskbridge.settings import Settings

WRONG = {
    "PORT": ["http", "-1", "70000", ""],
    "PUBLIC_URL": ["desk.example.com", "ftp://desk.example.com", "http://", ""],
    "DATABASE_URL": ["mysql://x", "desk.db", ""],
    "EVENTS_URL": ["http://nats", "localhost:4222"],
    "LOG_LEVEL": ["LOUD", "info"],
    "LOG_FORMAT": ["xml"],
    "SESSION_LIFETIME": ["soon"],
    "PROXY_URL": ["proxy:3128", "https://proxy:3128", "http://proxy", "http://proxy:x", "http://proxy:3128/path", ""],
    "PROXY_NOT_FOR": ["https://example.com", "*.example.com", "10.0.0.0/33"],
    "MICROSOFT_LOGIN_URL": ["login.microsoftonline.com"],
    "MICROSOFT_GRAPH_URL": ["graph"],
    "WEBHOOK_URL": ["localhost"],
    "SUBSCRIPTION_MINUTES": ["1", "5000", "an hour"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_it_is_named_with_an_example(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"DESKBRIDGE_{name}", value)

    with pytest.raises(WrongSetting) as raised:
        Settings.load()

    field = Settings.model_fields[name.lower()]
    assert f"DESKBRIDGE_{name} cannot be used" in raised.value.message
    assert f"Example: DESKBRIDGE_{name}={(field.examples or [''])[0]}" in raised.value.message


def test_all_that_are_wrong_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKBRIDGE_PORT", "x")
    monkeypatch.setenv("DESKBRIDGE_PUBLIC_URL", "x")

    with pytest.raises(WrongSetting) as raised:
        Settings.load()

    assert len(raised.value.message.splitlines()) == 2


def test_every_setting_has_an_example_that_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in Settings.model_fields.items():
        monkeypatch.setenv(f"DESKBRIDGE_{name.upper()}", str((field.examples or [""])[0]))

    Settings.load()


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKBRIDGE_MICROSOFT_CLIENT_SECRET", "very secret")
    monkeypatch.setenv("DESKBRIDGE_DATABASE_URL", "postgres://desk:very-secret@db.example.com/desk")

    with pytest.raises(WrongSetting) as raised:
        Settings.load()
    monkeypatch.delenv("DESKBRIDGE_DATABASE_URL")

    assert "very" not in raised.value.message + repr(Settings.load())


def test_without_settings_it_is_one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.load()

    assert settings.resolved_database_url == "sqlite:///deskbridge-data/deskbridge.sqlite3"
    assert settings.events_url is None
    assert settings.notification_base_url == settings.public_url == "http://localhost:8000"
    monkeypatch.setenv("DESKBRIDGE_PUBLIC_URL", "https://desk.example.com/")
    assert Settings.load().notification_base_url == "https://desk.example.com"


PLAIN = {
    "DATABASE_URL": [
        "postgresql://desk@db.example.com/desk",
        "postgresql://desk@db.example.com/desk?sslmode=prefer",
        "postgresql://desk@localhost,db.example.com/desk",
        "postgresql://desk@/desk?host=10.0.0.4",
    ],
    "EVENTS_URL": ["nats://nats.example.com:4222", "nats://127.0.0.1:4222,10.0.0.4:4222"],
}
SAFE = {
    "DATABASE_URL": [
        "sqlite:////var/lib/desk.sqlite3",
        "postgresql://desk@127.0.0.1:5432/desk",
        "postgresql://desk@localhost/desk",
        "postgresql://desk@[::1]/desk",
        "postgresql://desk@/desk?host=/run/postgresql",
        *(f"postgresql://desk@db.example.com/desk?sslmode={mode}" for mode in ("require", "verify-ca", "verify-full")),
        "postgresql://desk@db.example.com/desk?ssl=verify-full",
    ],
    "EVENTS_URL": ["nats://localhost:4222", "tls://nats.example.com:4222"],
}


@pytest.mark.parametrize(("name", "url"), [(name, url) for name, urls in PLAIN.items() for url in urls])
def test_a_plain_address_on_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    monkeypatch.setenv(f"DESKBRIDGE_{name}", url)
    with pytest.raises(WrongSetting) as raised:
        Settings.load()
    assert f"DESKBRIDGE_{name} cannot be used: it leads to another machine without TLS" in raised.value.message
    assert "Example: DESKBRIDGE_" in raised.value.message
    monkeypatch.setenv("DESKBRIDGE_ACCEPT_PLAIN_CONNECTIONS", "true")
    assert Settings.load().plain == [name.lower()]


@pytest.mark.parametrize(("name", "url"), [(name, url) for name, urls in SAFE.items() for url in urls])
def test_one_on_this_machine_or_with_tls_is_not(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    monkeypatch.setenv(f"DESKBRIDGE_{name}", url)
    assert Settings.load().plain == []


def test_what_postgresqls_tools_call_tls_reaches_the_driver() -> None:
    address, besides = for_driver("postgresql://desk@db/desk?sslmode=verify-full&sslrootcert=/ca.pem&timeout=5")
    assert address == "postgresql+asyncpg://desk@db/desk?timeout=5"
    assert besides == {"dsn": "postgresql://?sslmode=verify-full&sslrootcert=%2Fca.pem"}
    assert for_driver("postgresql://desk@db/desk") == ("postgresql+asyncpg://desk@db/desk", {})
