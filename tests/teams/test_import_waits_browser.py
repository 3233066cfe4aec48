"""An admin sees that an import waits for Microsoft, why, and that it goes on by itself."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from deskbridge.teams.lanes import NotYet
from support.looks import axe_violations
from teams.office import Office
from teams.road import Road

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]


async def test_the_bar_says_why_it_waits_and_goes_away_when_it_goes_on(
    office: Office, road: Road, chromium: Browser
) -> None:
    importer, account_id = office.desk.connector.importer, office.account.id
    road.plan("GET", "users/delta", "429", headers={"retry-after": "120"})
    await importer.start(account_id, full=True)
    with pytest.raises(NotYet):
        await importer.work(account_id)
    page = await (await chromium.new_context(reduced_motion="reduce")).new_page()
    await page.goto(f"{office.desk.settings.public_url}/admin")
    await page.get_by_label("Username").fill("dana")
    await page.get_by_label("Password", exact=True).fill("correct horse")
    await page.get_by_role("button", name="Sign in", exact=True).click()

    bar = page.get_by_text("It waits since")
    await expect(bar).to_contain_text("Microsoft has asked to wait")
    await expect(bar).to_contain_text("at the earliest")
    await bar.scroll_into_view_if_needed()
    assert await axe_violations(page) == []

    office.clock.move(seconds=121)
    await importer.work(account_id)
    await expect(bar).to_have_count(0)
