"""Our own certificate authority, kept beside the state so that a restart does not upset clients."""

import ssl
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Tls:
    """What the https listener needs, and what clients have to trust."""

    context: ssl.SSLContext
    ca_file: Path
    certificate: Path


def prepare(public_hosts: Iterable[str], host: str, state: Path | None, ca_file: Path | None) -> Tls:
    """Load or make the authority, and issue a certificate for this start."""
    folder = Path(tempfile.mkdtemp(prefix="m365sim-"))
    shown = ca_file or (state.with_suffix(state.suffix + ".ca.pem") if state else folder / "ca.pem")
    secret = shown.with_suffix(".key") if (state or ca_file) else folder / "ca.key"
    authority = _authority(shown, secret)
    names = dict.fromkeys([*public_hosts, "localhost", "127.0.0.1", "::1"])
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - not a binding, but the absence of a name
        names[host] = None
    leaf = authority.issue_cert(*names)
    pem = folder / "server.pem"
    leaf.private_key_and_cert_chain_pem.write_to_path(str(pem))
    pem.chmod(0o600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return Tls(context, shown, pem)


def _authority(shown: Path, secret: Path) -> trustme.CA:
    if shown.exists() and secret.exists():
        return trustme.CA.from_pem(shown.read_bytes(), secret.read_bytes())
    authority = trustme.CA(organization_name="m365sim")
    shown.parent.mkdir(parents=True, exist_ok=True)
    secret.touch(mode=0o600)
    secret.write_bytes(authority.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(shown))
    return authority
