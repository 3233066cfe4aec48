"""The pages that a person sees while signing in."""

from collections.abc import Mapping
from pathlib import Path

import jinja2
from starlette.responses import HTMLResponse, RedirectResponse, Response

from m365sim.identity.authorize import Return
from m365sim.identity.errors import IdentityError, timestamp_now
from m365sim.world.world import World

_TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)

_HEADINGS = {
    50057: ("Sorry, but we’re having trouble signing you in.", "Your account has been locked or disabled."),
    50105: ("Sorry, but we’re having trouble signing you in.", "You have not been given access to this app."),
    53003: (
        "You cannot access this right now",
        "Your sign-in was successful but does not meet the criteria to access this resource.",
    ),
    90095: ("Request sent", "Your admin will be told that you need this app, and will tell you when you may use it."),
    90094: (
        "Need admin approval",
        (
            "This app needs permission to access resources in your organization that only an admin can grant."
            " Please ask an admin to grant permission to this app before you can use it."
        ),
    ),
}
_TROUBLE = ("Sorry, but we’re having trouble signing you in.", "")


def page(world: World, name: str, status: int = 200, **values: object) -> Response:
    """One of the templates."""
    values["organization"] = world.tenant.name
    html = _TEMPLATES.get_template(f"{name}.html").render(values)
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def refused(world: World, error: IdentityError, *, back: str | None = None, status: int = 400) -> Response:
    """An error that stays on Microsoft's page; `back` leads to the app all the same."""
    heading, text = _HEADINGS.get(error.code, _TROUBLE)
    return page(
        world,
        "refused",
        status,
        heading=heading,
        text=text,
        code=error.code,
        sentence=error.sentence,
        timestamp=timestamp_now(world.clock.now()),
        back=back,
        back_label="Return to the application without granting consent"
        if error.code == 90094
        else "Return to the application",
    )


def back_to_app(world: World, back: Return, answer: Mapping[str, str]) -> Response:
    """Leave with an answer, in the mode that the app asked for."""
    if back.mode == "form_post":
        return page(world, "post", action=back.redirect_uri, fields=back.with_state(answer))
    return RedirectResponse(back.location(answer), 302, headers={"Cache-Control": "no-store"})
