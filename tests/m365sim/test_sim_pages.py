"""The pages in a real browser: being somebody, signing in, steering."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sim_process import Process

pytest.importorskip("playwright")
from playwright.async_api import Browser, FilePayload, Page, Route, async_playwright, expect

pytestmark = pytest.mark.browser
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    started = Process(tmp_path_factory.mktemp("pages"), "--no-throttling").start()
    yield started
    started.close()


@pytest.fixture
async def browser(process: Process) -> AsyncIterator[Browser]:
    await asyncio.to_thread(process.control, "POST", "/reset", {})
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        await opened.close()


async def be(process: Process, browser: Browser, *aliases: str) -> list[Page]:
    """One tab for each person, in one window; a mistake of the page's script fails the test."""
    context = await browser.new_context()
    pages = []
    for alias in aliases:
        page = await context.new_page()
        page.on("pageerror", lambda trouble: pytest.fail(str(trouble)))
        await page.goto(process.info["teams_url"])
        await page.get_by_label("Username").fill(f"{alias}@contoso.example")
        await page.get_by_label("Password").fill("Teams-demo-1")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Chat", exact=True)).to_be_visible()
        pages.append(page)
    return pages


async def press(page: Page, text: str, name: str) -> None:
    """Point at a message, and press one of the buttons that appear with it."""
    message = page.get_by_role("log").get_by_role("listitem").filter(has_text=text).last
    await message.hover()
    await message.get_by_role("button", name=name, exact=True).click()


async def test_two_people_talk(process: Process, browser: Browser) -> None:
    anne, robin = await be(process, browser, "anne", "robin")
    await anne.get_by_role("combobox", name="New chat with").fill("robin h")
    await anne.get_by_role("listbox", name="People").get_by_role("option", name="Robin Hale").click()
    await anne.get_by_role("textbox", name="Type a message").fill("Where is the invoice?")
    await anne.get_by_role("button", name="Send", exact=True).click()
    await expect(robin).to_have_title("(1) Chats – Robin Hale")
    await robin.get_by_role("button", name="Anne Baker").click()
    theirs, mine = robin.get_by_role("log"), anne.get_by_role("log")
    await expect(theirs).to_contain_text("Where is the invoice?")
    await expect(robin).to_have_title("Chats – Robin Hale")
    await robin.get_by_role("textbox", name="Type a message").fill("On <b>its</b> way")
    await robin.keyboard.press("Enter")
    await expect(mine).to_contain_text("On <b>its</b> way")
    await press(anne, "On <b>its</b> way", "React 👍")
    await expect(theirs.get_by_role("button", name="👍 by Anne Baker")).to_be_visible()
    await press(robin, "On <b>its</b> way", "Edit")
    await robin.get_by_role("textbox", name="Edit message").fill("On its way, promised")
    await robin.get_by_role("button", name="Save").click()
    await expect(mine).to_contain_text("promised")
    await expect(mine).to_contain_text("Edited")
    await press(anne, "Where is the invoice?", "Delete")
    await expect(theirs).to_contain_text("This message has been deleted.")
    await expect(theirs).not_to_contain_text("Where is the invoice?")
    await anne.get_by_role("button", name="Undo").click()
    await expect(theirs).to_contain_text("Where is the invoice?")
    await press(robin, "Where is the invoice?", "Reply")
    await robin.get_by_role("textbox", name="Type a message").fill("That one")
    await robin.keyboard.press("Enter")
    await expect(mine.locator("blockquote")).to_contain_text("Where is the invoice?")
    await anne.get_by_role("textbox", name="Type a message").fill("See https://example.com/bill.")
    await anne.keyboard.press("Enter")
    await expect(theirs.get_by_role("link")).to_have_attribute("href", "https://example.com/bill")


async def test_presence_and_pictures(process: Process, browser: Browser) -> None:
    anne, robin = await be(process, browser, "anne", "robin")
    body = {"to": "anne@contoso.example", "text": "Look"}
    await asyncio.to_thread(process.control, "POST", "/users/robin@contoso.example/messages", body)
    for page, name in ((anne, "Robin Hale"), (robin, "Anne Baker")):
        await page.get_by_role("button", name=name).click()
    await robin.get_by_label("Your status").select_option("Do not disturb")
    await expect(anne.locator("#with-status")).to_contain_text("Do not disturb")
    await expect(robin.get_by_label("Your status")).to_have_value("DoNotDisturb")
    await robin.get_by_label("Your status").select_option("Reset status")
    await expect(robin.get_by_label("Your status")).to_have_value("Available")
    icon = Path(__file__).parents[2] / "src/m365sim/teams/static/icon.svg"
    svg: FilePayload = {"name": "a.svg", "mimeType": "image/svg+xml", "buffer": icon.read_bytes()}
    await robin.get_by_label("Attach image").set_input_files(svg)
    await robin.get_by_role("button", name="Send", exact=True).click()
    await expect(robin.get_by_role("alert")).to_contain_text("Only PNG")
    png: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": await robin.screenshot()}
    await robin.get_by_label("Attach image").set_input_files(png)
    await robin.get_by_role("button", name="Send", exact=True).click()
    await expect(anne.get_by_role("log").locator("img")).to_have_js_property("complete", value=True)
    await expect(anne.get_by_role("log").locator("img")).to_be_in_viewport(ratio=0.9)


async def test_what_is_told_before_the_first_state_comes_is_not_lost(process: Process, browser: Browser) -> None:
    page = await (await browser.new_context()).new_page()
    await page.goto(process.info["teams_url"])

    async def comes_late(route: Route) -> None:
        # Microsoft's answer is from before the message, and comes after the word of it.
        answer = await route.fetch()
        body = {"to": "dana@contoso.example", "text": "Early"}
        await asyncio.to_thread(process.control, "POST", "/users/ben@contoso.example/messages", body)
        await expect(page.get_by_role("button", name="Ben Okafor")).to_be_visible()
        await route.fulfill(response=answer)

    await page.route("**/api/state", comes_late)
    await page.get_by_label("Username").fill("dana@contoso.example")
    await page.get_by_label("Password").fill("Teams-demo-1")
    await page.get_by_role("button", name="Sign in").click()

    await expect(page).to_have_title("(1) Chats – Dana Ortiz")
    await expect(page.get_by_role("button", name="Ben Okafor")).to_be_visible()


async def test_what_is_written_while_another_message_is_on_its_way_comes_after_it(
    process: Process, browser: Browser
) -> None:
    (anne,) = await be(process, browser, "anne")
    body = {"to": "anne@contoso.example", "text": "Hello"}
    await asyncio.to_thread(process.control, "POST", "/users/robin@contoso.example/messages", body)
    await anne.get_by_role("button", name="Robin Hale").click()
    said = anne.get_by_role("log").get_by_role("listitem")
    await expect(said).to_have_count(1)
    asked, released = asyncio.Event(), asyncio.Event()

    async def held(route: Route) -> None:
        asked.set()
        await released.wait()
        await route.continue_()

    await anne.route("**/api/chats/*/messages", held, times=1)
    box = anne.get_by_role("textbox", name="Type a message")
    await box.fill("First")
    await box.press("Enter")
    await asked.wait()
    await box.fill("Second")
    await box.press("Enter")
    await box.fill("Not yet")
    released.set()

    await expect(said).to_contain_text(["Hello", "First", "Second"])
    await expect(box).to_have_value("Not yet")


async def test_what_is_pressed_while_something_is_told_is_pressed(process: Process, browser: Browser) -> None:
    (anne,) = await be(process, browser, "anne")
    for text in ("One", "Two"):
        body = {"to": "anne@contoso.example", "text": text}
        await asyncio.to_thread(process.control, "POST", "/users/robin@contoso.example/messages", body)
        chat = anne.get_by_role("button", name="Robin Hale")
        await expect(chat).to_contain_text(text)
        if text == "One":
            await chat.hover()
            await anne.mouse.down()
    await anne.mouse.up()

    await expect(anne.get_by_role("log")).to_contain_text("Two")


async def test_nothing_of_a_message_runs(process: Process, browser: Browser) -> None:
    (anne,) = await be(process, browser, "anne")
    evil = '<p onclick="document.title=1">Hi<script>document.title="ran"</script><img src=x onerror="document.title=2">'
    evil += '<a href="javascript:document.title=3">link</a><iframe src="//evil.example"></iframe></p>'
    body = {"to": "anne@contoso.example", "html": evil}
    await asyncio.to_thread(process.control, "POST", "/users/robin@contoso.example/messages", body)
    await anne.get_by_role("button", name="Robin Hale").click()
    await expect(anne.get_by_role("log")).to_contain_text("Hi")
    await anne.get_by_role("log").get_by_text("link").click()
    await expect(anne).to_have_title("Chats – Anne Baker")
    assert await anne.locator("#messages script, #messages iframe, #messages [onclick], #messages [src]").count() == 0


async def test_the_page_comes_back_after_a_restart(process: Process, browser: Browser) -> None:
    (anne,) = await be(process, browser, "anne")
    # The page has to be alive before its server can be missed.
    await expect(anne.get_by_text("No chats yet.")).to_be_visible(timeout=30_000)
    await asyncio.to_thread(process.end, 9)
    try:
        await expect(anne.get_by_text("Connection lost.")).to_be_visible(timeout=30_000)
    finally:
        # The others in this file use the same one.
        await asyncio.to_thread(process.start)
    await expect(anne.get_by_text("Connection lost.")).to_be_hidden(timeout=90_000)
    body = {"to": "anne@contoso.example", "text": "Back again"}
    await asyncio.to_thread(process.control, "POST", "/users/ben@contoso.example/messages", body)
    await expect(anne.get_by_role("button", name="Ben Okafor")).to_contain_text("Back again")


async def test_without_a_license_there_is_nothing_to_see(process: Process, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(process.info["teams_url"])
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    for username, password, sentence in (
        ("anne@contoso.example", "wrong", "The username or password is incorrect."),
        ("lee@contoso.example", "Teams-demo-1", "Ask your admin"),
    ):
        await page.get_by_label("Username").fill(username)
        await page.get_by_label("Password").fill(password)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text(sentence)


async def test_the_sign_in_page(process: Process, browser: Browser) -> None:
    uris = {"redirect_uris": ["http://localhost:1/callback"]}
    await asyncio.to_thread(process.control, "POST", f"/apps/{process.info['client_id']}/redirect-uris", uris)
    page = await browser.new_page()
    query = f"client_id={process.info['client_id']}&response_type=code&scope=openid%20User.Read&state=s"
    address = f"{process.info['authority_url']}/oauth2/v2.0/authorize?{query}&redirect_uri=http://localhost:1/callback"
    await page.goto(address)
    await page.get_by_label("Username").fill("anne@contoso.example")
    await page.get_by_label("Password").fill("nonsense")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("password is incorrect")
    await expect(page.get_by_label("Password")).to_be_focused()
    await page.get_by_label("Password").fill("Teams-demo-1")
    async with page.expect_request("http://localhost:1/callback**") as leaving:
        await page.get_by_role("button", name="Sign in").click()
    assert "code=1." in (await leaving.value).url


async def test_the_control_page(process: Process, browser: Browser) -> None:
    page = await browser.new_page()
    page.on("pageerror", lambda trouble: pytest.fail(str(trouble)))
    await page.goto(process.info["control_url"] + "/")
    await expect(page.get_by_role("cell", name="Anne Baker")).to_be_visible()
    await page.get_by_role("button", name="+1 hour").click()
    await expect(page.get_by_text("minutes ahead of real time")).to_be_visible()
    await page.get_by_label("Path").fill("/chats/*")
    await page.get_by_label("Method").select_option("POST")
    await page.get_by_label("Times").fill("")
    await page.get_by_label("Rate").fill("0.5")
    await page.get_by_role("button", name="Plan").click()
    await expect(page.get_by_role("cell", name="POST /chats/*")).to_be_visible()
    await expect(page.get_by_role("cell", name="always, in 50 % of the occasions")).to_be_visible()
    await page.get_by_label("Find").fill("chen")
    await expect(page.get_by_role("cell", name="Anne Baker")).to_have_count(0)
    await expect(page.get_by_role("cell", name="Lee Chen")).to_be_visible()
    await page.get_by_role("button", name="Reset", exact=True).click()
    await expect(page.get_by_text("Nothing is planned to go wrong.")).to_be_visible()
