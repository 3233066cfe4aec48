"""Pages of a conversation: around a message that was found, and on from there both ways."""

from __future__ import annotations

from collections.abc import Callable

from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_talk


async def test_from_a_message_in_the_middle_to_both_ends(desk: Desk, browser_of: Callable[[], Agent]) -> None:
    anne = browser_of()
    talk = await make_talk(desk, anne)
    sent = [await anne.send(talk, f"{number}") for number in range(20)]
    path = f"/conversations/{talk}/messages"

    page = await anne.call("GET", path, params={"around": sent[9]["position"], "limit": 6})
    assert [each["text"] for each in page["messages"]] == ["6", "7", "8", "9", "10", "11"]
    texts = [each["text"] for each in page["messages"]]
    later, earlier = page["later"], page["earlier"]
    while later is not None:
        page = await anne.call("GET", path, params={"after": later, "limit": 4})
        texts, later = texts + [each["text"] for each in page["messages"]], page["later"]
    while earlier is not None:
        page = await anne.call("GET", path, params={"before": earlier, "limit": 4})
        texts, earlier = [each["text"] for each in page["messages"]] + texts, page["earlier"]
    assert texts == [f"{number}" for number in range(20)]
    assert (await anne.call("GET", f"/conversations/{talk}"))["id"] == talk
