"""Messages that an Account keeps for so many days only: what goes, what stays, and that nothing comes back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.admin import users
from deskbridge.app import keep_what_is_kept
from deskbridge.audit.model import CONSOLE
from deskbridge.conversations import retention
from deskbridge.conversations.model import ConversationId, MessageId, kept_since
from deskbridge.conversations.retention import Retention
from deskbridge.conversations.tables import versions
from deskbridge.teams.store import chats, gaps
from support.builders import make_account
from support.replica import caught_up, comparable, fetched
from teams.office import ROBIN, Office

DAY = 86_400


async def keep(office: Office, days: int) -> None:
    """An admin says for how long."""
    await office.dana.sign_in("dana")
    await office.dana.call("PUT", "/admin/account", json={"keep_messages_days": days})


async def away(office: Office, days: int) -> None:
    """Nobody and nothing works for some days; Anne signs in again."""
    office.excused.add("missed-renewal")
    await office.pass_time(days * DAY)
    await office.anne.sign_in("anne")


async def days_later(office: Office, days: int) -> None:
    """Time goes by, people sign in again, and what is due to be deleted is."""
    await away(office, days)
    await keep_what_is_kept(office.desk).settle()
    await office.work()


async def entries(office: Office) -> list[Any]:
    """What the audit log says of it, the newest first."""
    await office.dana.sign_in("dana")
    log = (await office.dana.call("GET", "/admin/audit", params={"limit": 200}))["entries"]
    return [each["detail"] for each in log if each["action"] == "messages_deleted"]


def counted(what: str) -> float:
    """What the metrics say was deleted by this process."""
    return REGISTRY.get_sample_value("deskbridge_retention_deleted_total", {"what": what}) or 0


async def test_what_is_older_goes_with_all_that_belongs_to_it_and_does_not_come_back(office: Office) -> None:
    first = await office.said_and_answered()
    await office.act("PATCH", first, text="Hello dear Robin")
    await office.in_teams(ROBIN, "An old answer")
    await office.pass_time(2)
    assert await office.texts_here() == ["Hello dear Robin", "An old answer"]
    before = counted("messages")

    await keep(office, 30)
    await days_later(office, 30)
    assert len(await office.here()) == 2, "the thirtieth day is kept whole"
    await office.write("Still there?")
    await office.work()
    await days_later(office, 1)

    assert await office.texts_here() == ["Still there?"]
    said = (await office.anne.snapshot())["conversations"][0]
    assert said["deleted_after_days"] == 30
    assert said["deleted_before"].endswith("T00:00:00Z")
    page = await office.anne.call("GET", "/messages/search", params={"q": "Hello"})
    assert page["hits"] == []
    async with office.desk.db.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(versions)) == 0
        assert await connection.scalar(select(func.count()).select_from(chats.messages)) == 1
    assert counted("messages") == before + 2
    # Once a day, whether or not there was anything.
    newest, earlier = await entries(office)
    assert (newest["messages"], newest["versions"], newest["conversations"], newest["days"]) == ("2", "1", "1", "30")
    assert earlier["messages"] == "0"

    # Neither by reading the whole chat again nor by what is still done to it there.
    place = f"/users/{ROBIN}/chats/{await office.chat_id()}/messages"
    answer = next(each["id"] for each in await office.there() if each["text"] == "An old answer")
    assert (await office.sim.client.patch(f"{place}/{answer}", json={"text": "An old answer, changed"})).is_success
    await read_all_again(office)
    assert await office.texts_here() == ["Still there?"]
    # Nor when messages are kept for longer again.
    await keep(office, 0)
    await read_all_again(office)
    assert await office.texts_here() == ["Still there?"]


async def read_all_again(office: Office) -> None:
    """The chat is read from the first message of the conversation on."""
    async with office.desk.db.transaction() as tx:
        (link,) = await chats.list_of_conversation(tx.connection, ConversationId(office.conversation))
        await chats.update_columns(tx.connection, link.id, read_up_to=None)
        await gaps.ask_for_sync(tx.connection, link_ids=[link.id])
    await office.pass_time(2)


async def test_what_still_waits_stays_and_goes_when_it_has_been_in_teams_for_as_long(office: Office) -> None:
    await office.said_and_answered()
    await office.dana.call("POST", f"/admin/users/{office.user.id}/disconnect")
    waits = await office.write("I wait for you")
    await keep(office, 5)
    await days_later(office, 10)
    assert await office.texts_here() == ["I wait for you"]
    assert (await office.delivery(waits))["state"] == "queued"

    await office.connect()
    await office.pass_time(2)
    assert (await office.delivery(waits))["state"] == "sent"
    await days_later(office, 5)
    assert await office.texts_here() == ["I wait for you"], "in Teams it is five days old"
    await days_later(office, 1)
    assert await office.texts_here() == []
    assert (await office.anne.snapshot())["conversations"][0]["last_message"] is None


async def test_an_answer_stays_when_what_it_answers_goes(office: Office) -> None:
    first = await office.said_and_answered()
    await keep(office, 1)
    await away(office, 2)
    body = {"client_id": "00000000-0000-4000-8000-000000000000", "text": "As I said", "reply_to": first}
    await office.anne.call("POST", f"/conversations/{office.conversation}/messages", json=body)
    await office.act("PUT", first, "reaction", reaction="👍")
    await office.pass_time(5)
    copy = await fetched(office.anne)
    await keep_what_is_kept(office.desk).settle()
    answer, reaction = await office.here()
    assert (answer["text"], answer["quote"]) == ("As I said", None)
    assert reaction["text"] == "Anne Baker reacted 👍 to a message"
    # Who has it all on screen is told as much as who asks anew.
    assert comparable(await caught_up(office.anne, copy)) == comparable(await fetched(office.anne))


async def test_a_run_that_was_cut_off_goes_on_and_is_told_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "TOGETHER", 2)
    await office.said_and_answered()
    for number in range(4):
        await office.in_teams(ROBIN, f"Answer {number}")
    await office.pass_time(2)
    await keep(office, 1)
    await away(office, 3)

    batches = 0

    async def forget(connection: AsyncConnection, ids: Collection[MessageId]) -> None:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise ConnectionError("the power went")
        await chats.forget_messages(connection, ids)

    cut_off = Retention(office.desk.db, office.clock, forget)
    with pytest.raises(ConnectionError):
        await cut_off.work(office.account.id)
    assert len(await office.here()) == 3
    assert await entries(office) == []

    await keep_what_is_kept(office.desk).settle()
    await keep_what_is_kept(office.desk).settle()
    assert await office.here() == []
    (entry,) = await entries(office)
    assert (entry["messages"], entry["conversations"]) == ("5", "1")


async def test_messages_of_another_account_are_not_touched(office: Office) -> None:
    await office.said_and_answered()
    other = await make_account(office.desk)
    async with office.desk.db.transaction() as tx:
        await users.set_retention(tx, other.id, 1, (CONSOLE, office.clock()))
    await days_later(office, 10)
    assert await office.texts_here() == ["Hello Robin"]


@pytest.mark.parametrize("wrong", [-1, 36_501, "many"])
@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_what_is_no_number_of_days_is_refused(office: Office, wrong: object) -> None:
    refused = await office.dana.refused("PUT", "/admin/account", json={"keep_messages_days": wrong})
    assert refused == (422, "invalid")


def test_days_are_those_of_utc_and_kept_whole() -> None:
    evening = datetime(2026, 3, 31, 23, 59, tzinfo=timezone(timedelta(hours=-5)))
    assert kept_since(30, evening) == datetime(2026, 3, 2, tzinfo=UTC)
    assert kept_since(1, datetime(2026, 3, 1, tzinfo=UTC)) == datetime(2026, 2, 28, tzinfo=UTC)
