"""Let in a moment before they were deleted, suspended or had their license withdrawn: what they asked for is not done.

Whoever asks is known before their request is carried out, and everything may change between the two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import websockets

from deskbridge.accounts import session_store
from deskbridge.accounts.model import Account, License, Role, User
from deskbridge.admin.managing import Managing, UserChanges
from deskbridge.api.desk import Desk
from deskbridge.audit.model import CONSOLE
from deskbridge.conversations import views
from deskbridge.conversations.file_store import FileId
from deskbridge.conversations.model import ConversationId, Message
from deskbridge.conversations.sending import Sending, send_all
from deskbridge.conversations.writing import Written
from deskbridge.directory.service import put_identity
from deskbridge.realtime.socket import SIGNED_OUT
from deskbridge.storage.schema import new_id
from support.agents import Agent
from support.builders import make_account, make_user
from support.pixel import PIXEL
from support.rows import OF_PROCESSES, Rows, seen_by
from support.statements import heard, once_executed
from support.talk import teams_user

Change = Callable[[Managing, User], Awaitable[object]]
BESIDE = OF_PROCESSES | {"failed_sign_ins", "feed_events", "feed_heads"}
"""Also what is written for having asked at all, and what the change itself tells at its end."""
_KNOWS = "sessions.token_hash = "


async def delete(managing: Managing, user: User) -> None:
    """For good, with the name."""
    await managing.delete(user.id, erase_name=True)


async def suspend(managing: Managing, user: User) -> None:
    """Until they are resumed."""
    await managing.suspend(user.id)


async def demote(managing: Managing, user: User) -> None:
    """They stay a user who may do nothing."""
    await managing.change(user.id, UserChanges(role=Role.NONE, licenses=frozenset()))


@dataclass
class Office:
    """Anne, who administers and works as an agent, has talked with Ben and with Robin, who is in Teams."""

    desk: Desk
    account: Account
    user: User
    anne: Agent
    ben: Agent
    person: str
    places: dict[str, str]
    files: list[str] = field(default_factory=lambda: [new_id(), new_id(), new_id()])

    async def meanwhile(self, change: Change, *asked: tuple[str, str, dict[str, Any]]) -> tuple[list[Any], Rows, Rows]:
        """What they are answered who ask just before the change, what there was with it, and what there is then."""
        with once_executed(_KNOWS, len(asked)) as all_known:
            async with self.desk.db.transaction() as tx:
                await change(Managing(tx, self.account.id, CONSOLE, self.desk.clock()), self.user)
                asking = [asyncio.create_task(self._ask(*each)) for each in asked]
                async with asyncio.timeout(60):
                    await all_known.wait()
                before = await seen_by(tx.connection)
            answers = await asyncio.gather(*asking)
        async with self.desk.db.read() as connection:
            return answers, before, await seen_by(connection)

    async def _ask(self, method: str, path: str, options: dict[str, Any]) -> tuple[str, int, str]:
        answer: httpx.Response = await self.anne.http.request(method, f"/api/v1{path}", **options)
        return f"{method} {path}", answer.status_code, answer.json()["code"] if answer.is_error else ""

    def writes(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Whatever an agent does that is stored."""
        teams, mine, others = (self.places[each] for each in ("teams", "mine", "others"))
        messages = f"/conversations/{teams}/messages"
        picture = {"content": PIXEL, "headers": {"Content-Type": "image/png"}}
        said = {"client_id": new_id(), "text": "Never stored"}
        return [
            ("POST", messages, {"json": said}),
            ("POST", messages, {"json": said | {"client_id": new_id(), "files": [self.files[0]]}}),
            ("PATCH", f"{messages}/{mine}", {"json": {"text": "Changed"}}),
            ("DELETE", f"{messages}/{mine}", {}),
            ("POST", f"{messages}/{mine}/retry", {}),
            ("POST", f"{messages}/{mine}/discard", {}),
            ("PUT", f"{messages}/{mine}/reaction", {"json": {"reaction": "👍"}}),
            ("POST", f"/conversations/{others}/read", {}),
            ("PUT", f"/conversations/{teams}/images/{self.files[1]}", picture),
            ("PUT", f"/conversations/{teams}/files/{self.files[2]}", {"content": b"Never stored"}),
            ("DELETE", f"/conversations/{teams}/files/{self.files[0]}", {}),
            ("POST", "/conversations", {"json": {"person_id": self.person, "route": "main"}}),
            ("PUT", "/me/status", {"json": {"status": "Busy"}}),
            ("POST", "/me/second-factor", {"json": {"password": "correct horse"}}),
            ("POST", "/me/sessions/end", {"json": {"password": "correct horse"}}),
            (
                "POST",
                "/me/password",
                {"json": {"password": "correct horse", "new_password": "another horse altogether"}},
            ),
            ("PUT", "/admin/account", {"json": {"teams_chat_enabled": False}}),
            ("PUT", "/admin/list-order", {"json": {"locale": "sv"}}),
            ("POST", "/admin/imports", {}),
            ("POST", "/admin/imports/csv", {"content": b"username,name,email\n"}),
            ("GET", "/admin/users.csv", {}),
            ("POST", f"/admin/users/{self.places['ben']}/suspend", {}),
            (
                "POST",
                "/admin/users",
                {"json": {"username": "eve", "display_name": "Eve Adams", "email": "eve@contoso.example"}},
            ),
        ]


@pytest.fixture
async def office(desk: Desk, browser_of: Callable[[], Agent]) -> Office:
    account = await make_account(desk, teams_chat=True)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN, licenses=frozenset())
    both = frozenset({License.CONTACT_CENTER, License.WORK})
    anne = await make_user(desk, account, "Anne Baker", role=Role.ADMIN, licenses=both)
    ben = await make_user(desk, account, "Ben Okafor")
    await make_user(desk, account, "Cem Aydin")
    async with desk.db.transaction() as tx:
        await put_identity(tx, account.id, None, teams_user("Robin Hale"), desk.clock())
    annes, bens = browser_of(), browser_of()
    for browser, name in ((annes, "anne"), (bens, "ben")):
        await browser.sign_in(name)
    teams = await annes.start((await annes.find("robin"))["id"], "teams")
    others = await bens.start((await bens.find("anne"))["id"])
    await bens.send(others["id"], "Hello Anne")
    async with annes.live() as feed:
        mine = await annes.send(teams["id"], "Hello Robin")
        # Nothing more is said of it by itself.
        await feed.until_message(lambda each: each["id"] == mine["id"] and each["deliveries"][0]["reason"])
    places = {"teams": teams["id"], "others": others["id"], "mine": mine["id"], "ben": ben.id}
    office = Office(desk, account, anne, annes, bens, (await annes.find("cem"))["id"], places)
    given = f"/conversations/{teams['id']}/files/{FileId(office.files[0])}"
    await annes.call("PUT", given, content=b"For later")
    return office


def without(rows: Rows) -> Rows:
    """What is about people and what they say and do."""
    return {name: there for name, there in rows.items() if name not in BESIDE}


@pytest.mark.parametrize("change", [delete, suspend])
async def test_nothing_is_stored_of_whoever_has_gone(office: Office, change: Change) -> None:
    answers, before, after = await office.meanwhile(change, *office.writes())
    assert [each for each in answers if each[1:] not in {(401, "not_signed_in"), (403, "wrong_own_password")}] == []
    assert without(after) == without(before)


async def test_nothing_is_stored_of_whoever_may_do_nothing_any_more(office: Office) -> None:
    answers, before, after = await office.meanwhile(demote, *office.writes())
    refused = {(403, "forbidden"), (403, "teams_chat_off")}
    assert [each for each in answers if each[1:] not in refused] == []
    assert without(after) == without(before)


@pytest.mark.parametrize("change", [delete, suspend])
async def test_nor_what_comes_over_an_open_websocket(office: Office, change: Change) -> None:
    said = {"type": "send", "conversation_id": office.places["teams"], "client_id": new_id(), "text": "Never stored"}
    async with office.anne.live() as feed:
        await feed.until(lambda frame: frame["type"] == "welcome")
        async with office.desk.db.transaction() as tx:
            await change(Managing(tx, office.account.id, CONSOLE, office.desk.clock()), office.user)
            await feed.say(said)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await feed.until(lambda frame: frame["type"] == "sent")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SIGNED_OUT
    assert {each["code"] for each in feed.seen if each["type"] == "refused"} <= {"not_signed_in"}
    async with office.desk.db.read() as connection:
        assert "Never stored" not in str((await seen_by(connection))["messages"])


async def test_what_gets_in_just_before_is_settled_in_words(office: Office) -> None:
    """The deletion waits for whoever is storing a message already, and then finds it."""
    desk, asked = office.desk, asyncio.Event()
    async with desk.db.read() as connection:
        (session,) = await session_store.list_sessions(connection, office.user.id, desk.clock())
    said = Sending(session.id, ConversationId(office.places["teams"]), Written(new_id(), "In time"))

    async def delete_them() -> None:
        async with desk.db.transaction() as tx:
            await delete(Managing(tx, office.account.id, CONSOLE, desk.clock()), office.user)

    def listen(statement: str, *_: object) -> None:
        if "users.deleted_at IS NULL" in statement:
            asked.set()

    async with desk.db.transaction() as tx:
        (sent,) = await send_all(tx, [said], desk.clock())
        assert isinstance(sent, Message)
        with heard(listen):
            deleting = asyncio.create_task(delete_them())
            # Where there is one writer, it has not even begun.
            await (asyncio.sleep(0) if desk.db.is_sqlite else asked.wait())
    await deleting
    async with desk.db.read() as connection:
        (message,) = (await views.messages_by_id(connection, [sent.id])).values()
    assert [(each.state.value, each.reason) for each in message.deliveries] == [
        ("failed", "Whoever wrote this was deleted before it is known to have left.")
    ]
