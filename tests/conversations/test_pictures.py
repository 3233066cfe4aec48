"""Pictures between people of our own platforms: theirs as soon as they are sent, and of nobody else (H1, H7)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from deskbridge.accounts.model import License, Role
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user

JPEG = b"\xff\xd8\xff\xe0" + bytes(300_000)


async def test_a_work_user_sees_what_an_agent_sent_and_answers_with_a_picture(
    desk: Desk, browser_of: Callable[[], Agent]
) -> None:
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Wim Worker", frozenset({License.WORK}), Role.NONE)
    anne, wim = browser_of(), browser_of()
    await anne.sign_in("anne")
    await wim.sign_in("wim")
    place = f"/conversations/{(await anne.start((await anne.find('wim'))['id'], 'work'))['id']}"

    for writer, reader in ((anne, wim), (wim, anne)):
        picture = f"/api/v1{place}/images/{uuid4()}"
        if reader is wim:
            await anne.call("POST", f"{place}/messages", json={"client_id": str(uuid4()), "text": "Hello"})
        assert (await writer.http.put(picture, content=JPEG)).status_code == 201
        assert (await reader.http.get(picture)).status_code == 404, "it is not sent yet"
        said = {"client_id": str(uuid4()), "html": f'<p><img src="{picture}" alt="the meter"></p>'}
        sent = await writer.call("POST", f"{place}/messages", json=said)
        assert await writer.call("POST", f"{place}/messages", json=said) == sent, "the same again is the same"

        seen = (await reader.messages(place.rpartition("/")[2]))[-1]
        assert (seen["text"], seen["html"]) == ("the meter", sent["html"])
        shown = await reader.http.get(seen["html"].split('src="')[1].split('"')[0])
        assert (shown.content, shown.headers["content-type"]) == (JPEG, "image/jpeg")
