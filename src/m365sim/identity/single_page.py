"""Apps that run in a browser alone: no secret, PKCE, and refresh tokens of one day (facts.md 1.7).

Microsoft tells them from others by the kind of redirect URI that was registered, and by the Origin that a browser adds.
"""

from collections.abc import Mapping

from m365sim.identity.errors import IdentityError
from m365sim.identity.redirects import matches_any
from m365sim.world.records import App, AuthCode, RefreshToken
from m365sim.world.world import World

REFRESH_LIFE = 24 * 3600.0


def is_single_page(app: App, redirect_uri: str) -> bool:
    """Whether this redirect URI was registered for a single-page app."""
    return matches_any(app.spa_redirect_uris, redirect_uri)


def speaks(world: World, form: Mapping[str, str]) -> bool:
    """Whether what is presented was given to a single-page app, which has no secret to prove itself with."""
    record = _presented(world, form)
    return record is not None and record.spa


def check_origin(world: World, form: Mapping[str, str], origin: str | None) -> None:
    """A page redeems what was given to a page, and a server what was given to a server."""
    record = _presented(world, form)
    if record is None:
        return
    if record.spa and origin is None:
        raise IdentityError(
            "invalid_request",
            9002327,
            "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin"
            " requests.",
        )
    if origin is not None and not record.spa:
        raise IdentityError(
            "invalid_request",
            9002326,
            "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type."
            f" Request origin: '{origin}'.",
        )
    if isinstance(record, AuthCode) and record.spa and record.challenge is None:
        raise IdentityError(
            "invalid_request",
            9002325,
            "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
        )


def expired() -> IdentityError:
    """The day is over; refreshing in time would not have made it longer."""
    return IdentityError(
        "invalid_grant",
        700084,
        "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of"
        " 1.00:00:00, which can't be extended. It is now expired and a new sign in request must be sent by the SPA"
        " to the sign in page.",
        suberror="bad_token",
    )


def _presented(world: World, form: Mapping[str, str]) -> AuthCode | RefreshToken | None:
    match form.get("grant_type"):
        case "authorization_code":
            return world.codes.get(form.get("code", ""))
        case "refresh_token":
            return world.refresh_tokens.get(form.get("refresh_token", ""))
        case _:
            return None
