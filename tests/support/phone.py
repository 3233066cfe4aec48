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
        await phone.confirm(browser)
        return phone

    async def confirm(self, browser: Agent) -> None:
        """Its code is typed in; the next one, where that was replaced meanwhile."""
        answer = None
        while answer is None or answer.json().get("code") == "code_replaced":
            answer = await browser.http.post("/api/v1/me/second-factor/confirm", json={"code": self.code()})
        assert answer.is_success, answer.text

    def code(self) -> str:
        """What it shows now."""
        return self._totp.generate(int(self._clock().timestamp())).decode()
