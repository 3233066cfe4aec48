"""Composing in a real Chromium: formatting by shortcut, mentions by keyboard, what is pasted, edits (M4)."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from support.workplace import open_chat
from teams.office import Office

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]

PASTE = """([html, text]) => {
  const carried = new DataTransfer();
  carried.setData("text/html", html);
  carried.setData("text/plain", text);
  const options = { clipboardData: carried, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
}"""
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p{color:red}</style></head><body>
<p class=MsoNormal style='margin:0cm'><b><span style='color:red'>Due</span></b> in May<o:p></o:p></p>
<img src="https://evil.example/pixel.png" onerror="window.__ran=1"><script>window.__ran=1</script></body></html>"""


async def test_an_agent_formats_mentions_pastes_and_edits(office: Office, chromium: Browser) -> None:
    await office.said_and_answered()
    page = await (await chromium.new_context(reduced_motion="reduce")).new_page()
    refused = list[str]()
    page.on("console", lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None)
    await open_chat(office, page)
    box = page.get_by_role("textbox", name="Type a message")

    await box.press_sequentially("Hi @ro")
    people = page.get_by_role("listbox", name="People to mention")
    await expect(people.get_by_role("option")).to_have_count(1)
    chosen = await people.get_by_role("option").get_attribute("id")
    await expect(box).to_have_attribute("aria-activedescendant", str(chosen))
    await box.press("Enter")
    await box.press_sequentially("this is **urgent** and `4711`")
    await box.press("Shift+Enter")
    await page.keyboard.press("Control+b")
    await page.keyboard.type("Now")
    await page.keyboard.press("Control+b")
    await box.press("Enter")
    await expect(page.locator("[data-message-id] strong", has_text="urgent")).to_be_visible()
    await office.pass_time(3)

    there = (await office.there())[-1]
    assert there["body"]["content"] == (
        '<p>Hi <at id="0">Robin Hale</at> this is <strong>urgent</strong> and <code>4711</code>'
        "<br><strong>Now</strong></p>"
    )
    (named,) = there["mentions"]
    assert named["mentionText"] == "Robin Hale"
    assert named["mentioned"]["user"]["displayName"] == "Robin Hale"

    await page.keyboard.type("- one")
    await page.keyboard.press("Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("[data-message-id] li", has_text="two")).to_be_visible()

    await box.focus()
    await page.evaluate(PASTE, [WORD, "Due in May"])
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-message-id] strong", has_text="Due")).to_be_visible()
    assert (await office.here())[-1]["html"] == "<p><strong>Due</strong> in May</p>"
    assert await page.evaluate("globalThis.__ran") is None

    mine = page.locator("[data-message-id]", has_text="Hi Robin Hale")
    await mine.hover()
    await mine.get_by_role("button", name="Edit").click()
    editing = page.get_by_role("textbox", name="Edit the message")
    await editing.press("Control+End")
    await editing.press_sequentially("!")
    await editing.press("Enter")
    await expect(editing).to_have_count(0)
    await office.pass_time(3)
    assert refused == []
