"""Secrets at rest: AES-256-GCM with the key of this installation, each secret bound to the place it is kept in.

A token cache copied into another agent's row does not decrypt there, because the place is part of what is
authenticated. The first key in the file encrypts; all of them decrypt, so that a key can be replaced while processes
run: each looks at the file again when it has changed (teams/key_file.py).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from deskbridge.errors import WrongSetting
from deskbridge.teams.key_file import KeyFile

log = structlog.get_logger(__name__)

_VERSION = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_HEAD = len(_VERSION) + _KEY_ID_BYTES + _NONCE_BYTES


class CannotDecrypt(Exception):
    """Made with a key that is not here any more, or meant for another place."""


class Vault:
    """Encrypts and decrypts with the installation's keys."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._use(keys)

    def encrypt(self, secret: bytes, place: str) -> bytes:
        """What may be stored at that place."""
        self._look_again()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, secret, place.encode())
        return _VERSION + self._current + nonce + sealed

    def decrypt(self, stored: bytes, place: str) -> bytes:
        """The secret that was stored at that place; raises CannotDecrypt."""
        self._look_again()
        key = self._keys.get(stored[1 : 1 + _KEY_ID_BYTES])
        if stored[:1] != _VERSION or key is None:
            raise CannotDecrypt("It was encrypted with a key that this installation does not have.")
        try:
            return key.decrypt(stored[1 + _KEY_ID_BYTES : _HEAD], stored[_HEAD:], place.encode())
        except InvalidTag as error:
            raise CannotDecrypt("It was changed, or belongs to another place.") from error

    def is_current(self, stored: bytes) -> bool:
        """Whether it was encrypted with the key that encrypts now."""
        self._look_again()
        return stored[: 1 + _KEY_ID_BYTES] == _VERSION + self._current

    def _use(self, keys: Sequence[bytes]) -> None:
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    def _look_again(self) -> None:
        """Keys that are given once stay."""


class _FileVault(Vault):
    """The keys of a file, and again when it has changed: `deskbridge keys rotate` runs while we serve."""

    def __init__(self, file: KeyFile) -> None:
        self._file = file
        self._seen = file.changed_at()
        super().__init__(file.read())

    def _look_again(self) -> None:
        changed_at = self._file.changed_at()
        if changed_at in {self._seen, None}:
            return
        try:
            self._use(self._file.read())
            self._seen = changed_at
        except WrongSetting as error:
            # What was read before still works; whoever writes the file may not be done.
            log.warning("key_file_not_read_again", error=error.message)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"deskbridge key id" + key).digest()[:_KEY_ID_BYTES]


def key_file(secret_key_file: Path | None, data_dir: Path) -> KeyFile:
    """Where the operator put the keys, or where we keep our own."""
    return KeyFile(secret_key_file or data_dir / "secret.key")


def open_vault(secret_key_file: Path | None, data_dir: Path) -> Vault:
    """The vault with the operator's keys, or with one that is made at the first start and kept in the data folder."""
    file = key_file(secret_key_file, data_dir)
    if secret_key_file is None:
        file.create()
    return _FileVault(file)
