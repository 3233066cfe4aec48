"""One agent at work, and the steps of stories about Teams: what she does, what happens in Teams, and time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from deskbridge.accounts.model import Account, User
from deskbridge.api.desk import Desk
from deskbridge.storage.schema import new_id
from deskbridge.teams.certificates import place_of_private_key
from deskbridge.teams.encryption import NewCertificate, make_certificate
from deskbridge.teams.store import certificates
from deskbridge.teams.store.certificates import CertificateRow
from support.agents import Agent
from support.clock import Clock
from support.servers import Sim

ROBIN, ANNE, BEN = "robin@contoso.example", "anne@contoso.example", "ben@contoso.example"


class Office:
    """Nothing runs by itself here: `work()` does all that is due, `pass_time()` lets time go by."""

    def __init__(
        self, desk: Desk, sim: Sim, clock: Clock, account: Account, anne: tuple[User, Agent], dana: Agent
    ) -> None:
        self.desk = desk
        self.sim = sim
        self.clock = clock
        self.account = account
        self.user, self.anne = anne
        self.dana = dana
        """The admin."""
        self.conversation = ""
        self.chat = ""
        """A chat at Microsoft that is not to be found by its members any more."""
        self.excused: set[str] = set()
        """Rules of conduct that the story itself breaks."""
        self._told: object = None
        """How much Microsoft had told by the last look."""
        self._is_new = True

    async def work(self) -> None:
        """Everything that is due, until nothing is: in the product, and at Microsoft."""
        connector = self.desk.connector
        for _ in range(3):
            done = 0
            for lanes in (
                connector.subscriptions,
                connector.farewells,
                connector.outbox,
                connector.follow_ups,
                connector.canary,
                connector.looks,
                connector.sync,
                connector.read_states,
                connector.statuses,
                connector.inbox,
                connector.delays,
            ):
                done += await lanes.settle()
            told = await self.sim.settle()
            done += await connector.inbox.settle()
            if not done and told == self._told:
                # Nobody did anything and nobody told anybody: a second look would find the same.
                return
            self._told = told

    async def pass_time(self, seconds: float) -> None:
        """Time goes by, here and at Microsoft, and everything that falls due is done."""
        self.clock.move(seconds=seconds)
        await self.sim.post("/clock/advance", {"seconds": seconds})
        await self.work()

    async def connect(self, username: str = ANNE) -> Any:
        """Authenticate now, to the page at the end."""
        await self._bring_certificate()
        page = await self.anne.connect_teams(username)
        await self.work()
        return page

    async def _bring_certificate(self) -> None:
        """As where somebody had connected before: the installation's certificate is there, and still in use."""
        if self._is_new:
            self._is_new = False
            vault, id_, made = self.desk.connector.vault, new_id(), _certificate()
            sealed = vault.encrypt(made.private_key, place_of_private_key(id_))
            async with self.desk.db.transaction() as tx:
                await certificates.insert(
                    tx.connection, CertificateRow(id_, made.certificate, sealed, self.desk.clock())
                )

    async def chat_with(self, name: str) -> str:
        """Start Teams chat."""
        person = await self.anne.find(name)
        self.conversation = (await self.anne.start(person["id"], "teams"))["id"]
        return self.conversation

    async def write(self, text: str, client_id: str | None = None) -> str:
        """Send; nothing has left yet."""
        return str((await self.anne.send(self.conversation, text, client_id))["id"])

    async def here(self) -> list[Any]:
        """What the agent sees in the conversation."""
        return await self.anne.messages(self.conversation)

    async def texts_here(self) -> list[str]:
        """The words of the messages that she sees, reactions left out."""
        return [each["text"] for each in await self.here() if each["kind"] == "message"]

    async def delivery(self, message_id: str) -> Any:
        """How far it has come on its way to Teams."""
        found = next(each for each in await self.here() if each["id"] == message_id)
        return next(each for each in found["deliveries"] if each["platform"] == "teams")

    async def chat_id(self) -> str:
        """The chat of Anne and Robin at Microsoft."""
        chats = (await self.sim.get(f"/chats?user={ANNE}"))["value"]
        return str(next(c["id"] for c in chats if any(m["username"] == ROBIN for m in c["members"])))

    async def there(self) -> list[Any]:
        """What is in the chat at Microsoft."""
        return list((await self.sim.get(f"/chats/{await self.chat_id()}"))["messages"])

    async def texts_there(self) -> list[str]:
        """Its words, deleted messages left out."""
        return [each["text"] for each in await self.there() if not each["is_deleted"]]

    async def in_teams(self, who: str, text: str, *, to: str | None = None) -> str:
        """Somebody says something in Teams itself."""
        body = {"to": to or (ANNE if who == ROBIN else ROBIN), "text": text}
        return str((await self.sim.post(f"/users/{who}/messages", body))["message_id"])

    async def act(self, method: str, message_id: str, action: str = "", **body: Any) -> Any:
        """She edits (PATCH), deletes (DELETE), brings back (POST restore) or reacts (PUT reaction)."""
        path = f"/conversations/{self.conversation}/messages/{message_id}{action and '/'}{action}"
        return await self.anne.call(method, path, json=body or None)

    async def shown(self, message_id: str) -> Any:
        """One message as she sees it."""
        return next(each for each in await self.here() if each["id"] == message_id)

    async def subscriptions_there(self) -> list[Any]:
        """What Microsoft would still tell us of."""
        return list((await self.sim.get("/subscriptions"))["value"])

    async def connection(self) -> Any:
        """The Teams connection as her workspace shows it."""
        return (await self.anne.snapshot())["connection"]

    async def said_and_answered(self) -> str:
        """A conversation under way: one message out, nothing waiting; the id of the message."""
        await self.connect()
        await self.chat_with("robin")
        sent = await self.write("Hello Robin")
        await self.work()
        return sent


@cache
def _certificate() -> NewCertificate:
    """Made once: it takes longer than all else of a story. Those of keys make theirs in `operating/test_keys.py`."""
    return make_certificate(datetime.now(UTC))


async def allow(office: Office, *roles: str) -> None:
    """What an administrator at Microsoft lets the application do."""
    answer = await office.sim.client.put(f"/apps/{office.sim.info['client_id']}", json={"app_roles": list(roles)})
    assert answer.is_success, answer.text
