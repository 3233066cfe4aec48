"""The file with the keys of this installation: 32 random bytes in URL-safe base64, one key a line.

The first line encrypts, all lines decrypt. A key with the word `next` behind it is known to everybody already, but
used by nobody yet: so a new key reaches several machines before the first of them uses it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
from pathlib import Path

from deskbridge.errors import WrongSetting

KEY_BYTES = 32
_NEXT = "next"


class KeyFile:
    """Read often, written by `deskbridge keys rotate` and at the very first start."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[bytes]:
        """All keys, the one that encrypts first; raises WrongSetting."""
        return [key for key, _ in self._lines()]

    def changed_at(self) -> int | None:
        """Differs once the file has been written; None while it is away."""
        try:
            return self.path.stat().st_mtime_ns
        except OSError:
            return None

    def create(self) -> None:
        """Whole or not at all: written beside, then linked into place; of two processes that start at once one wins."""
        if self.path.exists():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._draft([(secrets.token_bytes(KEY_BYTES), False)])
        try:
            os.link(draft, self.path)
        except FileExistsError:
            return
        finally:
            draft.unlink()

    def prepare(self) -> bool:
        """Add a key that is known, but not used yet; False when there is one already."""
        lines = self._lines()
        if any(is_next for _, is_next in lines):
            return False
        self._replace([*lines, (secrets.token_bytes(KEY_BYTES), True)])
        return True

    def use_next(self) -> None:
        """From now on encrypt with the key that was prepared, or with a new one."""
        lines = self._lines()
        prepared = [key for key, is_next in lines if is_next]
        first = prepared[0] if prepared else secrets.token_bytes(KEY_BYTES)
        self._replace([(first, False), *((key, False) for key, is_next in lines if not is_next)])

    def forget_old(self) -> int:
        """Keep the key that encrypts, and one that is prepared; how many went."""
        lines = self._lines()
        kept = [line for place, line in enumerate(lines) if place == 0 or line[1]]
        self._replace(kept)
        return len(lines) - len(kept)

    def _lines(self) -> list[tuple[bytes, bool]]:
        try:
            words = [line.split() for line in self.path.read_text("ascii").splitlines() if line.strip()]
            lines = [(base64.urlsafe_b64decode(each[0]), each[1:] == [_NEXT]) for each in words]
        except (OSError, ValueError, binascii.Error) as error:
            raise WrongSetting(self._advice("cannot be read")) from error
        if not lines or any(len(key) != KEY_BYTES for key, _ in lines) or any(len(each) > 2 for each in words):
            raise WrongSetting(self._advice("does not hold a key of 32 bytes"))
        return lines

    def _replace(self, lines: list[tuple[bytes, bool]]) -> None:
        try:
            draft = self._draft(lines)
            with contextlib.suppress(OSError):
                # Whoever could read the file before has to read it now.
                before = self.path.stat()
                os.chown(draft, before.st_uid, before.st_gid)
                draft.chmod(before.st_mode & 0o777)
            draft.replace(self.path)
        except OSError as error:
            raise WrongSetting(
                f"The key file {self.path} cannot be written ({error.strerror}). Put a new key into it yourself, as "
                f"its first line and with the old ones below, then run this again. {_HOW}"
            ) from error

    def _draft(self, lines: list[tuple[bytes, bool]]) -> Path:
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            for key, is_next in lines:
                os.write(handle, base64.urlsafe_b64encode(key) + (b" next\n" if is_next else b"\n"))
            os.fsync(handle)
        finally:
            os.close(handle)
        return draft

    def _advice(self, trouble: str) -> str:
        return (
            f"The key file {self.path} {trouble}. DESKBRIDGE_SECRET_KEY_FILE names a file with 32 random bytes in "
            f"URL-safe base64, one key a line. {_HOW}"
        )


_HOW = (
    "A key is made, for example, by: "
    "python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
)
