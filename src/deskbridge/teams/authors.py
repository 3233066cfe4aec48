"""Who a Microsoft user is to us: the agent, a Person of the directory, or only a name."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId
from deskbridge.conversations.model import Author
from deskbridge.conversations.safe_html import mentioned, with_persons
from deskbridge.conversations.service import ReactionBy
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Person, PersonId, Platform
from deskbridge.teams.html import IN_TEAMS
from deskbridge.teams.ids import MicrosoftUserId
from deskbridge.teams.store import many_chats, people
from deskbridge.teams.store.chats import Link
from deskbridge.teams.system_events import MOST_NAMES, RawEvent, Somebody, sentence
from deskbridge.teams.translate import MessageState, RawReaction


class Authors:
    """Looks each Microsoft user up once; lives as long as one transaction."""

    def __init__(self, connection: AsyncConnection, link: Link) -> None:
        self._connection = connection
        self._link = link
        self._known: dict[MicrosoftUserId, Author | None] = {}

    async def author_of(self, state: MessageState) -> Author:
        """Who wrote the message, or did what happened."""
        author_id = state.event.by.id if state.event else state.author_id
        found = await self._find(author_id) if author_id else None
        return found or Author(
            person_id=None, user_id=None, display_name=state.author_name[:300], platform=Platform.TEAMS
        )

    async def reaction(self, raw: RawReaction) -> ReactionBy:
        """Somebody's reaction, by name: Graph leaves the name out, so it comes from the directory."""
        found = await self._find(raw.user_id) if raw.user_id else None
        name = found.display_name if found else raw.display_name or "Someone in Teams"
        known = (found.person_id, found.user_id) if found else (None, None)
        return ReactionBy(raw.reaction, known[0], name[:300], raw.at, known[1])

    async def with_persons(self, html: str) -> str:
        """The message with our own ids of whom it names."""
        known: dict[str, str | None] = {}
        for each in mentioned(html):
            if each.startswith(IN_TEAMS):
                found = await self._find(MicrosoftUserId(each.removeprefix(IN_TEAMS)))
                known[each] = found.person_id if found else None
        return with_persons(html, known)

    async def sentence(self, event: RawEvent) -> str:
        """What happened in the chat, with everybody's name."""
        names: dict[Somebody, str] = {}
        for each in (event.by, *event.members[:MOST_NAMES]):
            found = await self._find(each.id) if each.id else None
            names[each] = found.display_name if found else each.name or "Someone"
        return sentence(event, lambda each: names.get(each, "Someone"))

    async def _find(self, user_id: MicrosoftUserId) -> Author | None:
        if user_id not in self._known:
            is_agent = user_id == self._link.microsoft_user_id
            self._known[user_id] = await self._agent() if is_agent else await self._other(user_id)
        return self._known[user_id]

    async def _agent(self) -> Author | None:
        user = await accounts_store.find_user(self._connection, self._link.user_id)
        if user is None:
            return None
        person = await directory_store.find_person_of_user(self._connection, user.account_id, user.id)
        return Author(
            person_id=person.id if person else None,
            user_id=user.id,
            display_name=user.display_name,
            platform=Platform.TEAMS,
        )

    async def _other(self, user_id: MicrosoftUserId) -> Author | None:
        found = await people.find_by_microsoft_id(self._connection, self._link.account_id, user_id)
        if found is None:
            return None
        person = await directory_store.find_person_of_identity(
            self._connection, self._link.account_id, found.identity_id
        )
        return _author(person) if person else None


async def find_others(
    connection: AsyncConnection,
    account_id: AccountId,
    user_ids: Collection[MicrosoftUserId],
    known: Mapping[PersonId, Person],
) -> dict[MicrosoftUserId, Author]:
    """Those of these Microsoft users who have an Identity in the Account; `known` are Persons of it who are here."""
    places = await many_chats.find_persons(connection, account_id, user_ids)
    # Who writes is nearly always whom the conversation is with.
    missing = set(places.values()).difference(known)
    persons = await directory_store.find_persons(connection, account_id, missing) if missing else {}
    found = {user_id: known.get(person_id) or persons.get(person_id) for user_id, person_id in places.items()}
    return {user_id: _author(person) for user_id, person in found.items() if person is not None}


def _author(person: Person) -> Author:
    signs_in_as = next((each.user_id for each in person.identities if each.user_id), None)
    return Author(person_id=person.id, user_id=signs_in_as, display_name=person.display_name, platform=Platform.TEAMS)
