"""The device code flow: a device asks for a code, a person types it elsewhere, the device polls (facts.md 1.5).

The page for the person is a client of the ordinary sign-in: it sends the browser to the authorize endpoint and comes
back to `DEVICE_DONE`, with the code that the device may then have tokens for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from m365sim.addresses import DEVICE_DONE, DEVICE_PAGE, Addresses
from m365sim.identity.clients import find_app
from m365sim.identity.errors import IdentityError, missing_parameter
from m365sim.identity.pages import page
from m365sim.identity.scopes import parse
from m365sim.world.records import App, DeviceCode
from m365sim.world.world import World

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
#: As MSAL for Node still spells it.
OLD_GRANT_TYPE = "device_code"
LIFE = 900
INTERVAL = 5
#: Letters that are not mistaken for one another.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(slots=True)
class Devices:
    """Codes for devices, and the page where people type them."""

    world: World
    addresses: Addresses

    def begin(self, form: Mapping[str, str]) -> dict[str, object]:
        """POST …/devicecode: both halves of a new code."""
        for name in ("client_id", "scope"):
            if not form.get(name):
                raise missing_parameter(name)
        app = find_app(self.world, form["client_id"])
        parse(form["scope"], self.addresses, self.world.apps)
        user_code = "".join(_ALPHABET[self.world.chance.pick(len(_ALPHABET))] for _ in range(9))
        record = DeviceCode(
            code=self.world.chance.secret(72),
            user_code=user_code,
            client_id=app.client_id,
            scope=form["scope"],
            expires_at=self.world.clock.now() + LIFE,
        )
        self.world.save(record)
        where = f"{self.addresses.pages}{DEVICE_PAGE}"
        return {
            "user_code": user_code,
            "device_code": record.code,
            "verification_uri": where,
            "expires_in": LIFE,
            "interval": INTERVAL,
            "message": f"To sign in, use a web browser to open the page {where} and enter the code {user_code} to"
            " authenticate.",
        }

    def redeem(self, app: App, code: str) -> DeviceCode:
        """The code that a person has signed in for, once; raises what a polling device is told."""
        record = self.world.device_codes.get(code)
        if record is None or record.client_id != app.client_id:
            raise IdentityError("bad_verification_code", 70018, "Invalid verification code.")
        if record.declined:
            raise IdentityError("authorization_declined", 65004, "User declined to consent to access the app.")
        if record.expires_at <= self.world.clock.now():
            raise IdentityError("expired_token", 70019, "The verification code has expired.")
        if record.user_id is None:
            raise IdentityError(
                "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending."
                " Continue polling.",
            )  # fmt: skip
        self.world.forget(record)
        return record

    async def show(self, request: Request) -> Response:
        """The page for the code, and on to the sign-in."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        typed = form.get("otc") or form.get("user_code") or form.get("code") or ""
        if not typed:
            return self._ask("")
        record = self._waiting(typed)
        if record is None:
            return self._ask("That code didn't work. Check the code and try again.")
        query = {
            "client_id": record.client_id,
            "response_type": "code",
            "redirect_uri": f"{self.addresses.pages}{DEVICE_DONE}",
            "scope": record.scope,
            "state": record.user_code,
        }
        return RedirectResponse(f"/{self.world.tenant.id}/oauth2/v2.0/authorize?{urlencode(query)}", 302)

    async def done(self, request: Request) -> Response:
        """Back from the sign-in: the device may go on, or is told that it was declined."""
        query = request.query_params
        record = self._waiting(query.get("state", ""))
        code = self.world.codes.get(query.get("code", ""))
        if record is None or (code is not None and code.client_id != record.client_id):
            return self._ask("That code didn't work. Check the code and try again.")
        app = self.world.apps[record.client_id]
        if code is None or code.redeemed:
            record.declined = True
            self.world.save(record)
            return self._end("You have declined", f"{app.name} on your device has not been signed in.")
        self.world.forget(code)
        record.user_id, record.auth_time, record.generation = code.user_id, code.auth_time, code.generation
        self.world.save(record)
        text = f"You have signed in to the {app.name} application on your device. You may now close this window."
        return self._end(app.name, text)

    def _waiting(self, user_code: str) -> DeviceCode | None:
        typed, now = user_code.strip().upper().replace("-", ""), self.world.clock.now()
        return next(
            (
                record
                for record in self.world.device_codes.values()
                if record.user_code == typed and record.expires_at > now and not record.user_id and not record.declined
            ),
            None,
        )

    def _ask(self, error: str) -> Response:
        return page(self.world, "device", action=DEVICE_PAGE, error=error)

    def _end(self, heading: str, text: str) -> Response:
        return page(self.world, "refused", heading=heading, text=text, timestamp="")
