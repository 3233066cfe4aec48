"""The Teams chat of a Conversation: found, or made with `POST /chats`, which gives the same 1:1 chat each time."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.clock import Clock
from deskbridge.conversations.model import ConversationId
from deskbridge.conversations.store import QueuedDelivery
from deskbridge.directory import store as directory_store
from deskbridge.storage.database import Database
from deskbridge.storage.schema import new_id
from deskbridge.teams.contacting import list_refusals
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import NoAnswer, NotReached, Refused, Throttled
from deskbridge.teams.ids import ChatId, LinkId, MicrosoftUserId
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.pacing import Pacing
from deskbridge.teams.resources import Chat, Unreadable, parse
from deskbridge.teams.sending import CannotBeSent, cannot_be_sent
from deskbridge.teams.store import chats, people
from deskbridge.teams.store.chats import Link
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.leases import LEASE
from deskbridge.teams.store.people import TeamsUser
from deskbridge.teams.tokens import Tokens

_MEMBER = "#microsoft.graph.aadUserConversationMember"
# Graph wants its own public name here, at whatever address it is reached.
_USER = "https://graph.microsoft.com/v1.0/users('{}')"


class Linking:
    """Ties chats to Conversations."""

    def __init__(self, db: Database, clock: Clock, graph: GraphClient, tokens: Tokens, pacing: Pacing) -> None:
        self._db = db
        self._clock = clock
        self._graph = graph
        self._tokens = tokens
        self._pacing = pacing

    async def find(self, row: ConnectionRow, conversation_id: ConversationId) -> Link | None:
        """The chat, if there is one already."""
        async with self._db.read() as connection:
            return await chats.find_for_conversation(connection, conversation_id, row.microsoft_user_id)

    async def link_for(self, row: ConnectionRow, delivery: QueuedDelivery, lease: str) -> Link:
        """The chat to send to; raises CannotBeSent, NotYet or NotConnected.

        A chat without our first message shows nothing of what is said in it (H4): being linked is not enough.
        """
        async with self._db.read() as connection:
            found = await chats.find_for_conversation(connection, delivery.conversation_id, row.microsoft_user_id)
            others = await people.find_by_identities(connection, [delivery.identity_id])
            why = None if found and found.attempt else await self._why_not(connection, delivery)
        if why is not None:
            raise CannotBeSent(why)
        if found is not None:
            return found
        if not others:
            raise CannotBeSent("This person has no Microsoft Teams account any more.")
        if not await self._pacing.take_turn(row, lease):
            raise NotYet(self._clock() + LEASE)
        chat = await self._open_chat(row, others[0])
        link = Link(
            id=LinkId(new_id()),
            account_id=delivery.account_id,
            user_id=delivery.sender_user_id,
            microsoft_user_id=row.microsoft_user_id,
            conversation_id=delivery.conversation_id,
            chat_id=ChatId(chat.id),
            web_url=chat.web_url,
            since=None,
        )
        try:
            async with self._db.transaction() as tx:
                await chats.insert(tx.connection, link)
        except IntegrityError as error:
            # Another process was quicker: it is there at the next look. If it still is not, the chat belongs to
            # another Conversation of the agent, which two directory entries for one Teams user would do.
            raise NotYet(self._clock() + backoff(2)) from error
        return link

    async def _why_not(self, connection: AsyncConnection, delivery: QueuedDelivery) -> str | None:
        """What the Account's policy has against it; once an attempt was made, it is seen through."""
        account = await accounts_store.find_account(connection, delivery.account_id)
        if account is None or account.contact_policy.is_for_everyone:
            return None
        person = await directory_store.find_person_of_identity(connection, delivery.account_id, delivery.identity_id)
        refusals = await list_refusals(connection, account, [person]) if person else {}
        return refusals.get(delivery.identity_id)

    async def _open_chat(self, row: ConnectionRow, other: TeamsUser) -> Chat:
        body = {
            "chatType": "oneOnOne",
            "members": [
                _member(row.microsoft_user_id, is_guest=False),
                _member(other.microsoft_user_id, is_guest=other.is_guest),
            ],
        }
        try:
            answer = await self._tokens.use(row, lambda bearer: self._graph.post(bearer, "/chats", body))
            return parse(Chat, answer.body)
        except Refused as error:
            raise cannot_be_sent(error) from error
        except Throttled as error:
            until = self._clock() + (error.retry_after or backoff(3))
            await self._pacing.wait_until(row, until)
            raise NotYet(until) from error
        except (NotReached, NoAnswer, Unreadable) as error:
            asked = error.retry_after if isinstance(error, NoAnswer) else None
            raise NotYet(self._clock() + (asked or backoff(3))) from error


def _member(user_id: MicrosoftUserId, *, is_guest: bool) -> dict[str, object]:
    return {
        "@odata.type": _MEMBER,
        "roles": ["guest" if is_guest else "owner"],
        "user@odata.bind": _USER.format(user_id),
    }
