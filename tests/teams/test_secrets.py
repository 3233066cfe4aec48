"""Secrets at rest, and what Microsoft encrypts for us."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from deskbridge.errors import WrongSetting
from deskbridge.teams.crypto import CannotDecrypt, Vault, open_vault
from deskbridge.teams.encryption import CannotOpen, load_private_key, make_certificate, open_content
from deskbridge.teams.resources import EncryptedContent
from support.pages import ROOT

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class TestVault:
    """Encrypted with a key of the installation's own, bound to its place."""

    def test_comes_back_from_its_own_place_only(self) -> None:
        vault = Vault([os.urandom(32)])
        stored = vault.encrypt(b"token", "row 1")
        assert b"token" not in stored
        assert vault.decrypt(stored, "row 1") == b"token"
        with pytest.raises(CannotDecrypt):
            vault.decrypt(stored, "row 2")
        with pytest.raises(CannotDecrypt):
            vault.decrypt(stored[:-1] + bytes([stored[-1] ^ 1]), "row 1")
        with pytest.raises(CannotDecrypt):
            Vault([os.urandom(32)]).decrypt(stored, "row 1")

    def test_an_older_key_still_decrypts_and_the_first_encrypts(self) -> None:
        old, new = os.urandom(32), os.urandom(32)
        stored = Vault([old]).encrypt(b"token", "p")
        assert Vault([new, old]).decrypt(stored, "p") == b"token"
        with pytest.raises(CannotDecrypt):
            Vault([old]).decrypt(Vault([new, old]).encrypt(b"token", "p"), "p")

    def test_a_key_is_made_at_the_first_start_for_the_owner_only(self, tmp_path: Path) -> None:
        stored = open_vault(None, tmp_path / "data").encrypt(b"x", "p")
        assert open_vault(None, tmp_path / "data").decrypt(stored, "p") == b"x"
        (file,) = (tmp_path / "data").iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    @pytest.mark.parametrize("content", ["", "not base64!", "c2hvcnQ=", "\xff"])
    def test_a_key_that_does_not_parse_is_named(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "key"
        path.write_text(content, "latin-1")
        with pytest.raises(WrongSetting, match="DESKBRIDGE_SECRET_KEY_FILE"):
            open_vault(path, tmp_path)

    def test_a_key_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(WrongSetting, match="cannot be read"):
            open_vault(tmp_path / "absent", tmp_path)


def encrypted(plain: bytes, certificate: bytes) -> EncryptedContent:
    """As Microsoft does it (facts.md 7.4), written down a second time."""
    public = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    key = os.urandom(32)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    data = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    sealed = public.encrypt(key, rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    signature = hmac.new(key, data, hashlib.sha256).digest()
    return EncryptedContent(*(base64.b64encode(each).decode() for each in (data, sealed, signature)))


class TestEncryption:
    """facts.md 7.4."""

    def test_what_was_encrypted_for_our_certificate_opens(self) -> None:
        made = make_certificate(NOW)
        content = encrypted(b'{"id": "1"}', made.certificate)
        assert open_content(content, load_private_key(made.private_key)) == b'{"id": "1"}'

    @pytest.mark.parametrize("part", ["data", "data_key", "data_signature"])
    @pytest.mark.parametrize("damage", ["", "AAAA", "not base64!"])
    def test_anything_changed_does_not(self, part: str, damage: str) -> None:
        made = make_certificate(NOW)
        content = encrypted(b"{}", made.certificate)
        setattr(content, part, damage)
        with pytest.raises(CannotOpen):
            open_content(content, load_private_key(made.private_key))


def test_sha1_is_only_where_others_want_it() -> None:
    """docs/security.md, Cryptography: authenticator apps, Microsoft's notifications, and its names of certificates."""
    source = ROOT / "src" / "deskbridge"
    uses = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if re.search(r"\b(SHA1|sha1|MD5|md5)\(", path.read_text(encoding="utf-8"))
    }
    assert uses == {"admin/second_factor.py", "teams/app_certificate.py", "teams/encryption.py"}
