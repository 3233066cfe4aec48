"""An admin looks after the people: imports them, reads who was left out and why, and decides who is who (D1, D2)."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from support.demo import RunningDemo, open_page
from support.looks import axe_violations
from support.steps import person, sign_in_to_workspace

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

LONG = "Wolfeschlegelsteinhausenbergerdorff-" * 4
ROWS = f"""username,name,email,role,licenses,job_title,department
robin.desk,Robin Hale,robin@contoso.example,agent,contact_center,Agent,Billing
r.hale,R. Hale {LONG},robin@contoso.example,agent,contact_center,Agent,Claims
nobody,,nobody@contoso.example,agent,contact_center,,
"""


async def test_an_admin_imports_a_file_and_decides_who_is_who(demo: RunningDemo, chromium: Browser) -> None:
    problems = list[str]()
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = await open_page(context, demo.facts["workspace_url"], problems)
    await sign_in_to_workspace(page, person(demo.facts, "Dana"))
    await page.get_by_role("link", name="Admin").or_(page.get_by_role("button", name="Admin")).first.click()
    imports = page.get_by_role("region", name="Import of people")

    async with page.expect_download() as template:
        await imports.get_by_role("link", name="Download a template").click()
    assert (await template.value).suggested_filename == "deskbridge-users.csv"
    await imports.get_by_label("CSV file of agents").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    )
    report = imports.get_by_role("row", name=re.compile("From a file"))
    await expect(report.get_by_text("Done")).to_be_visible()
    await report.get_by_role("button", name=re.compile("^By name")).click()
    await expect(imports.get_by_text("Has no name.").last).to_be_visible()
    await expect(imports.get_by_text("Line 4")).to_be_visible()

    await drop(page, "dropped.csv", "username,name,email\ndropped,Dropped Here,dropped@contoso.example\n")
    await expect(imports.get_by_role("row", name=re.compile("From a file")).nth(1).get_by_text("Done")).to_be_visible()

    await decide(page)
    await see_who_is_who_in_contacts(page)
    # A toast that fades has no contrast.
    await expect(page.locator(".fui-ToastContainer")).to_have_count(0, timeout=20_000)
    assert await axe_violations(page) == []
    assert problems == []


async def drop(page: Page, name: str, text: str) -> None:
    """A file let go over the place that says so."""
    what = await page.evaluate_handle(
        """([name, text]) => {
            const data = new DataTransfer();
            data.items.add(new File([text], name, { type: "text/csv" }));
            return data;
        }""",
        [name, text],
    )
    zone = page.get_by_text("Choose a file or drop it here")
    await zone.dispatch_event("dragover", {"dataTransfer": what})
    await zone.dispatch_event("drop", {"dataTransfer": what})
    await expect(page.get_by_text(f"{name} is being imported.").last).to_be_visible()


async def see_who_is_who_in_contacts(page: Page) -> None:
    """Under Show more an admin splits what is one entry, and merges it again."""
    await page.get_by_role("link", name="Contacts", exact=True).click()
    await page.get_by_role("searchbox", name="Search contacts").fill("robin hale")
    await expect(page.get_by_text("2 people")).to_be_visible()
    entry = page.get_by_role("listitem", name="Robin Hale", exact=True)
    await entry.get_by_role("button", name="Show more").click()
    await expect(entry.get_by_role("listitem")).to_have_count(3)
    await entry.get_by_role("button", name="Split…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("checkbox", name=re.compile("Contact Center")).check()
    await dialog.get_by_role("button", name="Split").click()
    await expect(page.get_by_text("3 people")).to_be_visible()
    await expect(dialog).to_have_count(0)

    # Whichever of the two stands first now, it may be open already.
    await expect(entry).to_have_count(2)
    await expect(entry.first.get_by_role("button", name=re.compile("^Show (more|less)$"))).to_be_visible()
    if await entry.first.get_by_role("button", name="Show more").is_visible():
        await entry.first.get_by_role("button", name="Show more").click()
    await entry.first.get_by_role("button", name="Merge with…").click()
    await dialog.get_by_role("searchbox").fill("robin hale")
    await dialog.get_by_role("radio", name=re.compile("^Robin Hale")).check()
    await dialog.get_by_role("button", name="Merge").click()
    await expect(page.get_by_text("2 people")).to_be_visible()


async def decide(page: Page) -> None:
    """Two agents have the address of one Teams user; all their addresses are seen before it is decided."""
    matches = page.get_by_role("region", name="The same person?")
    one = matches.get_by_role("listitem").filter(has_text="robin@contoso.example").first
    await expect(one.get_by_text("Microsoft Teams")).to_be_visible()
    for each in await one.get_by_role("checkbox").all():
        await each.check()
    await expect(one.get_by_text("two accounts on one platform")).to_be_visible()
    await one.get_by_role("checkbox", name=re.compile("R. Hale")).press("Space")
    await one.get_by_role("button", name="Merge the chosen").press("Enter")
    await expect(page.get_by_text("They are one person now.").last).to_be_visible()
    await expect(matches.get_by_text("Nothing to decide")).to_be_visible()
