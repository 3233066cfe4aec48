"""Ids and randomness from a seed, so that a run can be repeated."""

import base64
import random


class Chance:
    """The only source of randomness in the tenant; the boot number keeps restarts from repeating ids."""

    def __init__(self, seed: int, boot: int = 0) -> None:
        self._random = random.Random(f"m365sim:{seed}:{boot}")  # noqa: S311 - repeatable on purpose

    def guid(self) -> str:
        """A version 4 GUID in Microsoft's lower-case spelling."""
        digits = f"{self._random.getrandbits(128):032x}"
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def hex32(self) -> str:
        """32 hex digits, as in the ids of group chats."""
        return f"{self._random.getrandbits(128):032x}"

    def secret(self, size: int = 32) -> str:
        """An opaque URL-safe string."""
        return base64.urlsafe_b64encode(self._random.randbytes(size)).rstrip(b"=").decode()

    def happens(self, rate: float) -> bool:
        """True in the given share of calls."""
        return self._random.random() < rate

    def pick(self, count: int) -> int:
        """A number from 0 to count - 1."""
        return self._random.randrange(count)
