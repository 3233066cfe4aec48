"""Secrets at rest: AES-256-GCM with the key of this installation, each secret bound to the place it is kept in.

A token cache copied into another agent's row does not decrypt there, because the place is part of what is
authenticated. The first key in the file encrypts; all of them decrypt, so that a key can be replaced.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from deskbridge.errors import WrongSetting

KEY_BYTES = 32
_VERSION = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_HEAD = len(_VERSION) + _KEY_ID_BYTES + _NONCE_BYTES


class CannotDecrypt(Exception):
    """Made with a key that is not here any more, or meant for another place."""


class Vault:
    """Encrypts and decrypts with the installation's keys."""

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    def encrypt(self, secret: bytes, place: str) -> bytes:
        """What may be stored at that place."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, secret, place.encode())
        return _VERSION + self._current + nonce + sealed

    def decrypt(self, stored: bytes, place: str) -> bytes:
        """The secret that was stored at that place; raises CannotDecrypt."""
        key = self._keys.get(stored[1 : 1 + _KEY_ID_BYTES])
        if stored[:1] != _VERSION or key is None:
            raise CannotDecrypt("It was encrypted with a key that this installation does not have.")
        try:
            return key.decrypt(stored[1 + _KEY_ID_BYTES : _HEAD], stored[_HEAD:], place.encode())
        except InvalidTag as error:
            raise CannotDecrypt("It was changed, or belongs to another place.") from error


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"deskbridge key id" + key).digest()[:_KEY_ID_BYTES]


def open_vault(secret_key_file: Path | None, data_dir: Path) -> Vault:
    """The vault with the operator's key, or with one that is made at the first start and kept in the data folder."""
    if secret_key_file is not None:
        return Vault(_read(secret_key_file))
    path = data_dir / "secret.key"
    if not path.exists():
        _create(path)
    return Vault(_read(path))


def _create(path: Path) -> None:
    """Whole or not at all: written beside, then linked into place; of two processes that start at once one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _read(path: Path) -> list[bytes]:
    try:
        lines = path.read_text("ascii").split()
        keys = [base64.urlsafe_b64decode(line) for line in lines]
    except (OSError, ValueError, binascii.Error) as error:
        raise WrongSetting(_advice(path, "cannot be read")) from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise WrongSetting(_advice(path, "does not hold a key of 32 bytes"))
    return keys


def _advice(path: Path, trouble: str) -> str:
    return (
        f"The key file {path} {trouble}. DESKBRIDGE_SECRET_KEY_FILE names a file with 32 random bytes in URL-safe "
        "base64, one key a line, for example made by: "
        "python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
    )
