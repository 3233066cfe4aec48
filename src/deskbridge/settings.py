"""The one Settings class: everything an operator can set, from environment variables with prefix DESKBRIDGE_."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskbridge.addresses import is_plain
from deskbridge.errors import WrongSetting


class ProcessRole(StrEnum):
    """What one process does."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not an address that begins with http:// or https://")
    return value.rstrip("/")


def _database(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("not a database address")
    return value


def _events(value: str) -> str:
    if not value.startswith(("nats://", "tls://")):
        raise ValueError("not an address of a NATS server")
    return value


def _proxies(value: str) -> str:
    for each in value.split(","):
        try:
            ipaddress.ip_network(each.strip())
        except ValueError as error:
            raise ValueError(f"{each.strip()!r} is no address or network") from error
    return value


def _outgoing(value: str) -> str:
    parts = urlsplit(value.rstrip("/"))
    if "@" in parts.netloc:
        raise ValueError("with a user or a password in it: they belong in DESKBRIDGE_PROXY_CREDENTIALS_FILE")
    if parts.scheme != "http" or not parts.hostname or not parts.port or parts.path or parts.query:
        raise ValueError("not http:// with a host and a port, and nothing behind")
    return value.rstrip("/")


def _past_proxy(value: str) -> str:
    for each in value.split(","):
        named = each.strip()
        try:
            ipaddress.ip_network(named)
        except ValueError as error:
            if named and not _HOST.fullmatch(named):
                raise ValueError(f"{named!r} is neither the name of a host nor an address or a network") from error
    return value


def _scanner(value: str) -> str:
    parts = urlsplit(value)
    is_socket = parts.scheme == "unix" and len(parts.path) > 1
    if not is_socket and (parts.scheme != "tcp" or not parts.hostname or not parts.port):
        raise ValueError("neither unix:// with the path of a socket, nor tcp:// with a host and a port")
    return value


def _bits(value: int) -> int:
    if value not in {2048, 3072, 4096}:
        raise ValueError("neither 2048 nor 3072 nor 4096")
    return value


_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
Address = Annotated[str, AfterValidator(_address)]


class Settings(BaseSettings):
    """All settings, documented one by one in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="DESKBRIDGE_", env_file=None, extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", examples=["0.0.0.0"])  # noqa: S104  # Only an example of what may be set.
    port: int = Field(8000, ge=0, le=65535, examples=["8000"])
    public_url: Address = Field("http://localhost:8000", examples=["https://desk.example.com"])
    data_dir: Path = Field(Path("deskbridge-data"), examples=["/var/lib/deskbridge"])
    database_url: Annotated[str, AfterValidator(_database)] | None = Field(
        None, examples=["postgresql://deskbridge:secret@db.example.com/deskbridge?sslmode=verify-full"]
    )
    events_url: Annotated[str, AfterValidator(_events)] | None = Field(None, examples=["tls://nats.example.com:4222"])
    accept_plain_connections: bool = Field(False, examples=["true"])
    secret_key_file: Path | None = Field(None, examples=["/run/secrets/deskbridge-key"])
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", examples=["INFO"])
    log_format: str = Field("console", pattern="^(console|json)$", examples=["json"])
    session_lifetime: timedelta = Field(timedelta(hours=14), gt=timedelta(0), examples=["PT14H"])
    session_idle: timedelta = Field(timedelta(hours=2), gt=timedelta(0), examples=["PT30M"])

    reauthenticate_after: timedelta = Field(timedelta(minutes=15), gt=timedelta(0), examples=["PT15M"])
    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = Field("127.0.0.1,::1", examples=["10.0.0.0/8"])
    rate_limit_user: int = Field(3000, ge=0, examples=["3000"])
    rate_limit_address: int = Field(6000, ge=0, examples=["6000"])

    proxy_url: Annotated[str, AfterValidator(_outgoing)] | None = Field(
        None, examples=["http://proxy.example.com:3128"]
    )
    proxy_credentials_file: Path | None = Field(None, examples=["/run/secrets/deskbridge-proxy"])
    proxy_not_for: Annotated[str, AfterValidator(_past_proxy)] = Field(
        "localhost,127.0.0.0/8,::1", examples=["localhost,127.0.0.0/8,::1,example.com,10.0.0.0/8"]
    )

    traces_url: Address | None = Field(None, examples=["http://collector.example.com:4318/v1/traces"])
    metrics_token: SecretStr | None = Field(None, examples=["a long random word, known to Prometheus"])

    microsoft_client_id: str | None = Field(None, examples=["11111111-2222-3333-4444-555555555555"])
    microsoft_client_secret: SecretStr | None = Field(None, examples=["the value, not the id, of a client secret"])
    microsoft_certificate_file: Path | None = Field(None, examples=["/run/secrets/deskbridge-microsoft.pem"])
    microsoft_certificate_passphrase_file: Path | None = Field(None, examples=["/run/secrets/deskbridge-passphrase"])
    microsoft_login_url: Address = Field(
        "https://login.microsoftonline.com", examples=["https://login.microsoftonline.com"]
    )
    microsoft_graph_url: Address = Field(
        "https://graph.microsoft.com/v1.0", examples=["https://graph.microsoft.com/v1.0"]
    )
    microsoft_ca_file: Path | None = Field(None, examples=["/etc/ssl/private-ca.pem"])
    microsoft_scopes: str = Field(
        "User.Read Chat.ReadWrite ChatMessage.Send Presence.Read.All",
        examples=["User.Read Chat.ReadWrite ChatMessage.Send Presence.Read.All"],
    )
    file_limit_mb: int = Field(25, ge=1, le=100, examples=["25"])
    scanner_url: Annotated[str, AfterValidator(_scanner)] | None = Field(
        None, examples=["unix:///run/clamav/clamd.ctl"]
    )
    certificate_bits: Annotated[int, AfterValidator(_bits)] = Field(2048, examples=["3072"])
    webhook_url: Address | None = Field(None, examples=["https://desk.example.com"])
    subscription_minutes: int = Field(60, ge=45, le=4320, examples=["60"])

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the environment; a wrong setting is named, with what is wrong and an example."""
        try:
            settings = cls(**given)
        except ValidationError as error:
            raise WrongSetting(_explain(cls, error)) from None
        if settings.plain and not settings.accept_plain_connections:
            raise WrongSetting("\n".join(_explain_plain(cls, name) for name in settings.plain))
        return settings

    @property
    def plain(self) -> list[str]:
        """The settings whose addresses lead to another machine without TLS."""
        named = {"database_url": self.database_url, "events_url": self.events_url, "scanner_url": self.scanner_url}
        return [name for name, url in named.items() if url and is_plain(url)]

    @property
    def resolved_database_url(self) -> str:
        """The database's address; without one, a SQLite file in the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir / 'deskbridge.sqlite3'}"

    @property
    def most_attached(self) -> int:
        """Bytes of one file that goes with a message."""
        return self.file_limit_mb * 1024 * 1024

    @property
    def has_credentials(self) -> bool:
        """Whether there is something to sign in to Microsoft with as the application."""
        secret = self.microsoft_client_secret
        has_proof = self.microsoft_certificate_file is not None or bool(secret and secret.get_secret_value())
        return bool(self.microsoft_client_id) and has_proof

    @property
    def notification_base_url(self) -> str:
        """Where Microsoft reaches us."""
        return self.webhook_url or self.public_url


def _explain_plain(cls: type[Settings], name: str) -> str:
    example = (cls.model_fields[name].examples or [""])[0]
    return (
        f"The setting DESKBRIDGE_{name.upper()} cannot be used: it leads to another machine without TLS, so "
        f"that what is said there could be read on the way. Example: DESKBRIDGE_{name.upper()}={example} . "
        "If that network is trusted: DESKBRIDGE_ACCEPT_PLAIN_CONNECTIONS=true"
    )


def _explain(cls: type[Settings], error: ValidationError) -> str:
    lines = []
    for each in error.errors():
        name = str(each["loc"][0])
        field = cls.model_fields.get(name)
        example = (field.examples or [""])[0] if field else ""
        hint = f" Example: DESKBRIDGE_{name.upper()}={example}" if example else ""
        given = (
            ""
            if field is None or "secret" in name or "token" in name or "@" in str(each["input"])
            else f" (it is {each['input']!r})"
        )
        lines.append(f"The setting DESKBRIDGE_{name.upper()} cannot be used{given}: {each['msg']}.{hint}")
    return "\n".join(lines)
