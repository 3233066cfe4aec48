"""Read here is read in Teams for the agent, and the other way round; nobody is asked by the clock (M3)."""

from __future__ import annotations

from typing import Any

from teams.office import ANNE, ROBIN, Office
from teams.road import Road


async def unread_here(office: Office) -> int:
    """What the badge says."""
    return int((await office.anne.snapshot())["conversations"][0]["unread"])


async def unread_there(office: Office) -> int:
    """What Anne's Teams says."""
    chat: Any = await office.sim.get(f"/chats/{await office.chat_id()}")
    return int(next(each["unread"] for each in chat["members"] if each["username"] == ANNE))


async def answered(office: Office) -> None:
    """Robin has written twice, and Anne has looked at nothing."""
    await office.said_and_answered()
    await office.in_teams(ROBIN, "Hi Anne")
    await office.in_teams(ROBIN, "Are you there?")
    await office.work()


async def read(office: Office) -> None:
    """Anne looks at the conversation."""
    await office.anne.call("POST", f"/conversations/{office.conversation}/read")


async def test_reading_here_marks_the_chat_read_in_teams_once(office: Office, road: Road) -> None:
    await answered(office)
    assert (await unread_here(office), await unread_there(office)) == (2, 2)
    await read(office)
    await read(office)
    await office.pass_time(2)
    await read(office)
    await office.pass_time(2)
    assert (await unread_here(office), await unread_there(office)) == (0, 0)
    assert road.count("POST", "/markChatReadForUser") == 1


async def test_what_teams_does_not_hear_is_said_again(office: Office, road: Road) -> None:
    await answered(office)
    road.plan("POST", "/markChatReadForUser", "lost request")
    await read(office)
    await office.pass_time(2)
    assert await unread_there(office) == 2
    await office.pass_time(6)
    assert await unread_there(office) == 0


async def test_what_was_read_in_teams_is_read_here_when_the_workspace_is_opened(office: Office, road: Road) -> None:
    await answered(office)
    await office.sim.post(f"/users/{ANNE}/chats/{await office.chat_id()}/read")
    await office.in_teams(ROBIN, "One more thing")
    await office.work()
    assert await unread_here(office) == 3
    await office.pass_time(2)
    assert await unread_here(office) == 1
    # Opened again and again: Microsoft is asked once a minute at most.
    for _ in range(5):
        await office.pass_time(2)
        await unread_here(office)
    assert road.count("GET", r"/chats/[^/]+$") == 1


async def test_what_was_read_in_teams_is_read_here_after_something_happened(office: Office) -> None:
    await answered(office)
    await office.sim.post(f"/users/{ANNE}/chats/{await office.chat_id()}/read")
    for _ in range(5):
        await office.pass_time(8)
    conversation = await office.anne.call("GET", f"/conversations/{office.conversation}/messages")
    assert conversation["messages"]
    assert await unread_here(office) == 0


async def test_who_answers_in_teams_itself_has_read_it(office: Office) -> None:
    await answered(office)
    await office.in_teams(ANNE, "Yes, from my phone")
    await office.in_teams(ROBIN, "Good")
    await office.work()
    assert await unread_here(office) == 1
