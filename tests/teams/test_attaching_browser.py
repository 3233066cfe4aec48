"""Attaching in a real Chromium: by button, by paste and by drop; what cannot be sent says why (M4)."""

from __future__ import annotations

import base64
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from support.looks import axe_violations
from support.pixel import PIXEL
from support.workplace import open_chat
from teams.office import Office
from teams.test_changing import settled
from teams.test_files import allowed, switch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("machines", ["one machine"], indirect=True),
]

PUT_IN = """([kind, name, bytes]) => {
  const carried = new DataTransfer();
  const content = Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0));
  carried.items.add(new File([content], name, { type: "image/png" }));
  const options = { bubbles: true, cancelable: true };
  const at = document.querySelector('[aria-label="Type a message"]');
  at.dispatchEvent(kind === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: carried })
    : new DragEvent("drop", { ...options, dataTransfer: carried }));
}"""


def large_png(width: int, height: int) -> bytes:
    """So large that the chat is higher once it is there."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(bytes((width + 1) * height)))
    return b"\x89PNG\r\n\x1a\n" + head + rows + chunk(b"IEND", b"")


async def put_in(page: Page, kind: str, name: str, content: bytes = PIXEL) -> None:
    """Paste or drop a file."""
    await page.evaluate(PUT_IN, [kind, name, base64.b64encode(content).decode()])


async def choose(page: Page, *files: tuple[str, bytes]) -> None:
    """By the button, and the browser's own window."""
    async with page.expect_file_chooser() as opened:
        await page.get_by_role("button", name="Attach files").click()
    chosen: list[Any] = [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in files]
    await (await opened.value).set_files(chosen)


async def look(page: Page, name: str) -> None:
    """A picture of the page for whoever wants to look at it: LOOKS names a folder."""
    if folder := os.environ.get("LOOKS"):
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            await page.screenshot(path=Path(folder) / f"{name}-{scheme}.png")
        await page.emulate_media(color_scheme="light")


async def test_pictures_are_attached_removed_kept_in_the_draft_and_sent(office: Office, chromium: Browser) -> None:
    await office.said_and_answered()
    page = await (
        await chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    ).new_page()
    refused = list[str]()
    page.on("console", lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None)
    await open_chat(office, page)
    box = page.get_by_role("textbox", name="Type a message")
    chips = page.get_by_role("list", name="Attached files").get_by_role("listitem")

    await put_in(page, "paste", "image.png")
    await put_in(page, "drop", "dropped.png")
    await choose(page, ("an invoice with a name that is far too long to be shown whole in any chip.png", PIXEL))
    await expect(chips).to_have_count(3)
    await expect(chips.get_by_role("img")).to_have_count(0)
    await expect(chips.locator("img")).to_have_count(3)

    await choose(page, ("empty.png", b""), ("huge.png", PIXEL + bytes(25 * 1024 * 1024)))
    await expect(chips.get_by_role("alert")).to_have_count(2)
    await expect(chips.nth(3)).to_contain_text("empty")
    await expect(chips.nth(4)).to_contain_text("at most 25 MB")
    await expect(page.get_by_text("Remove what cannot be attached, then send.")).to_be_visible()
    await look(page, "attached")
    assert await axe_violations(page) == []
    for name in ("empty.png", "huge.png", "dropped.png"):
        await page.get_by_role("button", name=f"Remove {name}").click()
    await expect(box).to_be_focused()

    await page.reload()
    await expect(chips).to_have_count(2)
    await box.press_sequentially("Both of them:")
    await box.press("Enter")
    await expect(chips).to_have_count(0)
    pictures = page.locator('[data-message-id] img[data-state="loaded"]')
    await expect(pictures).to_have_count(2)
    await look(page, "sent")
    await office.pass_time(3)
    there = (await office.there())[-1]
    assert [each["size"] for each in there["pictures"]] == [len(PIXEL)] * 2
    assert there["text"].startswith("Both of them:")
    assert refused == []


async def test_what_did_not_get_through_can_be_tried_again(office: Office, chromium: Browser) -> None:
    await office.said_and_answered()
    page = await (await chromium.new_context()).new_page()
    await open_chat(office, page)
    await page.route("**/images/*", lambda route: route.abort())
    await put_in(page, "paste", "image.png")
    again = page.get_by_role("button", name="Try again: image.png")
    await expect(again).to_be_visible()
    await page.unroute("**/images/*")
    await again.click()
    await expect(page.get_by_role("list", name="Attached files").locator("img")).to_have_count(1)
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator('[data-message-id] img[data-state="loaded"]')).to_have_count(1)

    # However high a picture turns out to be, its writer sees the end of the message.
    for name in ("wide.png", "tall.png"):
        await put_in(page, "paste", name, large_png(900, 700))
    await expect(page.get_by_role("list", name="Attached files").locator("img")).to_have_count(2)
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator('[data-message-id] img[data-state="loaded"]')).to_have_count(3)
    await expect(page.get_by_text("Queued", exact=False).last).to_be_in_viewport()


async def test_a_picture_is_put_in_and_another_taken_out_by_an_edit(office: Office, chromium: Browser) -> None:
    await office.said_and_answered()
    page = await (await chromium.new_context(reduced_motion="reduce")).new_page()
    await open_chat(office, page)
    await put_in(page, "paste", "first.png", large_png(120, 60))
    await expect(page.get_by_role("list", name="Attached files").locator("img")).to_have_count(1)
    box = page.get_by_role("textbox", name="Type a message")
    await box.press_sequentially("Look:")
    await box.press("Enter")
    mine = page.locator("[data-message-id]", has_text="Look:")
    await expect(mine.locator("img")).to_have_count(1)
    await office.pass_time(3)

    await mine.hover()
    await mine.get_by_role("button", name="Edit").click()
    editing = page.get_by_role("textbox", name="Edit the message")
    bar = mine.get_by_role("toolbar", name="Formatting")
    async with page.expect_file_chooser() as opened:
        await bar.get_by_role("button", name="Attach pictures").click()
    second: Any = {"name": "second.png", "mimeType": "image/png", "buffer": large_png(200, 40)}
    words: Any = {"name": "words.png", "mimeType": "image/png", "buffer": b"just words"}
    await (await opened.value).set_files([second, words])
    await expect(editing.get_by_role("img", name="second.png")).to_be_visible()
    await expect(mine.get_by_role("alert")).to_contain_text("words.png")
    await editing.get_by_role("img", name="first.png").click()
    await look(page, "edited-picture")
    assert await axe_violations(page) == []
    await page.keyboard.press("Delete")
    await expect(editing.get_by_role("img", name="first.png")).to_have_count(0)
    await mine.get_by_role("button", name="Save").click()
    await expect(editing).to_have_count(0)
    await expect(mine.get_by_role("img", name="second.png")).to_be_visible()
    await expect(mine.get_by_role("img", name="first.png")).to_have_count(0)
    await office.pass_time(4)
    await office.pass_time(4)
    assert "../hostedContents/" in (await office.there())[-1]["kept_content"]
    assert (await office.there())[-1]["pictures"][-1]["size"] == len(large_png(200, 40))


async def test_files_are_attached_sent_and_saved(office: Office, chromium: Browser) -> None:
    await allowed(office, "Files.ReadWrite")
    await office.said_and_answered()
    page = await (
        await chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    ).new_page()
    await open_chat(office, page)
    box = page.get_by_role("textbox", name="Type a message")
    send = page.get_by_role("button", name="Send", exact=True)
    chips = page.get_by_role("list", name="Attached files").get_by_role("listitem")
    await choose(
        page,
        ("notes.txt", b"just words"),
        ("an offer with a name that is far too long to be shown whole in any chip.docx", b"PK" * 90_000),
        ("image.png", PIXEL),
    )
    await expect(chips).to_have_count(3)
    await expect(chips.locator("img")).to_have_count(1)
    # While they are switched off it says so beside what is written, and nothing is lost.
    off = page.get_by_text("Files to Microsoft Teams are switched off. Remove them")
    await expect(off).to_be_visible()
    await expect(send).to_be_disabled()
    await look(page, "files-off")
    assert await axe_violations(page) == []
    await switch(office)
    await expect(off).to_have_count(0)
    await expect(chips.nth(1)).to_contain_text("176 KB")
    await page.get_by_role("button", name="Remove notes.txt").click()
    await choose(page, ("bill.pdf", b"%PDF-1.7"))
    await expect(chips.nth(2)).to_contain_text("8 bytes")
    await page.reload()
    await expect(chips).to_have_count(3)
    await look(page, "files-attached")
    await send.click()
    await expect(chips).to_have_count(0)
    cards = page.get_by_role("list", name="Attachments").get_by_role("link")
    await expect(cards).to_have_count(2)
    async with page.expect_download() as saved:
        await cards.filter(has_text="bill.pdf").click()
    assert (await (await saved.value).path()).read_bytes() == b"%PDF-1.7"
    assert (await saved.value).suggested_filename == "bill.pdf"
    # A file needs no words.
    await choose(page, ("alone.zip", b"PK"))
    await expect(send).to_be_enabled()
    await send.click()
    await expect(cards).to_have_count(3)
    await settled(office)
    await expect(page.get_by_text("Sent", exact=False).last).to_be_visible()
    await look(page, "files-sent")
    assert await axe_violations(page) == []
    there = [[each["name"] for each in message["attachments"]] for message in (await office.there())[1:]]
    assert [len(each) for each in there] == [2, 1]
    await expect(box).to_be_focused()


async def test_a_file_whose_way_was_cut_can_be_tried_again_and_what_is_removed_is_gone(
    office: Office, chromium: Browser
) -> None:
    await switch(office)
    await office.said_and_answered()
    page = await (await chromium.new_context()).new_page()
    await open_chat(office, page)
    await page.route("**/files/*", lambda route: route.abort())
    await choose(page, ("bill.pdf", b"%PDF-1.7"))
    again = page.get_by_role("button", name="Try again: bill.pdf")
    await expect(again).to_be_visible()
    await page.unroute("**/files/*")
    async with page.expect_response(lambda answer: answer.request.method == "PUT") as put:
        await again.click()
    async with page.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
        await page.get_by_role("button", name="Remove bill.pdf").click()
    assert ((await put.value).status, (await gone.value).status) == (201, 204)
