"""An authenticator app."""

from __future__ import annotations

import base64
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from support.agents import Agent
from support.clock import Clock


class Phone:
    """The secret was typed into it."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)  # As such apps do.
        self._clock = clock

    @classmethod
    async def added(cls, browser: Agent, clock: Clock) -> Self:
        """Set up as the second factor of whoever is signed in there."""
        made = await browser.call("POST", "/me/second-factor", json={"password": "correct horse"})
        phone = cls(made["secret"], clock)
        await browser.call("POST", "/me/second-factor/confirm", json={"code": phone.code()})
        return phone

    def code(self) -> str:
        """What it shows now."""
        return self._totp.generate(int(self._clock().timestamp())).decode()
