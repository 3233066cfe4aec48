"""Agents, Work users and Teams users of one Account, and what Teams says of a message; below the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deskbridge.accounts import service as accounts
from deskbridge.accounts.model import AccountId, License, Role, User
from deskbridge.accounts.service import NewUser
from deskbridge.admin import users
from deskbridge.conversations import service, views
from deskbridge.conversations.model import Author, Conversation, ConversationId, Message, MessageId
from deskbridge.conversations.service import Incoming, ReactionBy
from deskbridge.directory import service as directory
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import IdentityId, Person, PersonId, Platform
from deskbridge.directory.service import Details
from deskbridge.storage.database import Database
from deskbridge.storage.schema import new_id
from support.clock import Clock


async def add_account(db: Database, clock: Clock, *, teams_chat: bool = True) -> AccountId:
    """An Account of a name nobody else has."""
    async with db.transaction() as tx:
        account = await accounts.create_account(tx, new_id(), None, clock())
        await users.set_teams_chat(tx, account.id, clock(), enabled=teams_chat)
    return account.id


async def add_user(db: Database, clock: Clock, account_id: AccountId, name: str, *licenses: License) -> User:
    """A User who needs no password."""
    unique = f"{name.split(maxsplit=1)[0].lower()}.{new_id()[:8]}"
    new = NewUser(unique, name, f"{unique}@contoso.example", Role.AGENT, frozenset(licenses))
    async with db.transaction() as tx:
        return await users.create_user(tx, account_id, new, clock())


def teams_user(name: str, *addresses: str, job_title: str | None = None, department: str | None = None) -> Details:
    """What Microsoft says of somebody."""
    first = addresses[0] if addresses else f"{new_id()}@contoso.example"
    return Details(Platform.TEAMS, name, first, frozenset(addresses or {first}), job_title, department)


async def put(db: Database, clock: Clock, account_id: AccountId, details: Details) -> tuple[IdentityId, Person]:
    """Into the directory; and the Person whose Identity it became."""
    async with db.transaction() as tx:
        identity_id, _ = await directory.put_identity(tx, account_id, None, details, clock())
        person = await directory_store.find_person_of_identity(tx.connection, account_id, identity_id)
    assert person is not None
    return identity_id, person


@dataclass(frozen=True)
class Talk:
    """An agent's conversation with somebody in Teams."""

    db: Database
    clock: Clock
    agent: User
    robin: Person
    id: ConversationId

    def said(self, text: str, at: datetime | None = None) -> Incoming:
        """Robin's message as Teams tells it first."""
        author = Author(person_id=self.robin.id, user_id=None, display_name="Robin", platform=Platform.TEAMS)
        return Incoming(self.id, None, author, f"<p>{text}</p>", text, at or self.clock(), None, None, ())

    async def receive(self, incoming: Incoming) -> MessageId:
        """Teams tells the whole state of one message."""
        async with self.db.transaction() as tx:
            return await service.receive(tx, self.agent.account_id, incoming, self.clock())

    async def messages(self) -> list[Message]:
        """What the agent sees."""
        async with self.db.read() as connection:
            return (await views.list_messages(connection, self.id, None, 200))[0]

    async def seen(self, user: User | None = None) -> Conversation:
        """The conversation in the list of the agent, or of that User."""
        async with self.db.read() as connection:
            found = await views.find_conversation(connection, self.id, (user or self.agent).id)
        assert found is not None
        return found

    async def send(self, text: str) -> Message:
        """The agent writes."""
        async with self.db.transaction() as tx:
            return await service.send(tx, self.agent, self.id, (new_id(), text), self.clock())


@dataclass(frozen=True)
class Office:
    """An Account with an agent."""

    db: Database
    clock: Clock
    account_id: AccountId
    agent: User

    async def talk(self, name: str = "Robin") -> Talk:
        """A fresh conversation with somebody new in Teams."""
        _, robin = await put(self.db, self.clock, self.account_id, teams_user(name))
        async with self.db.transaction() as tx:
            conversation = await service.start(tx, self.agent, robin.id, Platform.TEAMS, self.clock())
        return Talk(self.db, self.clock, self.agent, robin, conversation.id)


async def open_office(db: Database, clock: Clock) -> Office:
    """A fresh Account with Teams chat switched on."""
    account_id = await add_account(db, clock)
    agent = await add_user(db, clock, account_id, "Anne Baker", License.CONTACT_CENTER)
    return Office(db, clock, account_id, agent)


def reaction(emoji: str, name: str, at: datetime, person_id: PersonId | None = None) -> ReactionBy:
    """Somebody's reaction."""
    return ReactionBy(emoji, person_id, name, at)
