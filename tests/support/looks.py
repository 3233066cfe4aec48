"""How a page looks to those who do not see it as designed: axe, in light and in dark."""

from __future__ import annotations

from playwright.async_api import Page

from support.pages import ROOT


async def axe_violations(page: Page) -> list[str]:
    """What axe objects to; Tabster's dummies are focusable on purpose, and a tooltip, which may just be open where the
    mouse is, floats above all regions."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        # Colors of the one and of the other are not to be compared: the page has to have painted all it changes.
        await page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
            ".then(() => Promise.allSettled(document.getAnimations().map(each => each.finished)))"
        )
        await page.evaluate((ROOT / "web/node_modules/axe-core/axe.min.js").read_text())
        ask = (
            "axe.run({ exclude: ['[data-tabster-dummy]', '[role=tooltip]'] }).then(({ violations }) => "
            "violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ')))"
        )
        found += [f"{scheme}: {each}" for each in await page.evaluate(ask)]
    await page.emulate_media(color_scheme="light")
    return found
