"""Conversations and messages of who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from deskbridge.api.desk import Me, MyAccount, TheDesk, TheSession
from deskbridge.api.models import EditMessage, MessagePage, React, Route, SendMessage, StartConversation
from deskbridge.conversations import paging, service, store, views
from deskbridge.conversations.changing import Place
from deskbridge.conversations.model import Conversation, ConversationId, Message, MessageId
from deskbridge.conversations.paging import Page
from deskbridge.conversations.searching import SearchPage, Wanted, search
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import MAIN_ORDER, PersonId, Platform
from deskbridge.errors import CannotReach, NotFound
from deskbridge.teams.contacting import require_allowed

router = APIRouter(tags=["conversations"])

_ROUTE = {Route.TEAMS: Platform.TEAMS, Route.WORK: Platform.WORK}


def _wanted(
    q: Annotated[str, Query(max_length=200)] = "",
    person_id: PersonId | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Wanted:
    return Wanted(q, person_id, since, until)


@router.post("/conversations")
async def start_conversation(body: StartConversation, desk: TheDesk, me: Me, account: MyAccount) -> Conversation:
    """Open, or find, the conversation that the button leads to (H1, H2)."""
    platform = _ROUTE.get(body.route)
    if platform is None:
        async with desk.db.read() as connection:
            person = await directory_store.find_person(connection, me.account_id, body.person_id)
        has = {each.platform for each in person.identities} if person else set()
        if not account.teams_chat_enabled:
            has.discard(Platform.TEAMS)
        platform = next((each for each in MAIN_ORDER if each in has), None)
        if person is None:
            raise NotFound("This person is not in your organisation's directory.")
        if platform is None:
            raise CannotReach
    async with desk.acting(me) as tx:
        if platform is Platform.TEAMS and (
            person := await directory_store.find_person(tx.connection, me.account_id, body.person_id)
        ):
            await require_allowed(tx.connection, account, person)
        return await service.start(tx, me, body.person_id, platform, desk.clock())


@router.get("/messages/search")
async def search_messages(
    desk: TheDesk,
    me: Me,
    wanted: Annotated[Wanted, Depends(_wanted)],
    after: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
) -> SearchPage:
    """Search one's own conversations: the beginnings of words, with one person, between two moments."""
    return await desk.db.read_together(lambda connection: search(connection, me, wanted, after, limit))


@router.get("/conversations/{conversation_id}")
async def get_conversation(conversation_id: ConversationId, desk: TheDesk, me: Me) -> Conversation:
    """One conversation of one's own, also one that is too long ago to be in the snapshot."""
    async with desk.db.read() as connection:
        found = await views.find_conversation(connection, conversation_id, me.id)
    if found is None:
        raise NotFound("There is no such conversation of yours.")
    return found


Position = Annotated[int | None, Query(ge=0, lt=2**63)]


@router.get("/conversations/{conversation_id}/messages")
async def list_messages(
    conversation_id: ConversationId,
    desk: TheDesk,
    me: Me,
    before: Position = None,
    after: Position = None,
    around: Position = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MessagePage:
    """A page of messages: the newest, or those before, after or around a position."""
    async with desk.db.read() as connection:
        if not await store.is_participant(connection, conversation_id, me.id):
            raise NotFound("There is no such conversation of yours.")
        if around is not None:
            page = await paging.list_around(connection, conversation_id, around, limit)
        elif after is not None:
            page = await paging.list_after(connection, conversation_id, after, limit)
        else:
            page = Page(*await views.list_messages(connection, conversation_id, before, limit), None)
    if before is None and after is None and me.is_agent:
        await desk.connector.on_conversation_opened(me.id, conversation_id)
    return MessagePage(messages=page.messages, earlier=page.earlier, later=page.later)


@router.post("/conversations/{conversation_id}/messages", status_code=201)
async def send_message(
    conversation_id: ConversationId, body: SendMessage, desk: TheDesk, me: Me, session: TheSession
) -> Message:
    """Store a message and queue it; answered once it is on disk. The same client_id again is the same message."""
    written = service.Written(body.client_id.lower(), body.text, body.reply_to, body.html, tuple(body.files))
    return await desk.post.send(service.Sending(session.id, conversation_id, written))


@router.post("/conversations/{conversation_id}/messages/{message_id}/retry")
async def retry_message(conversation_id: ConversationId, message_id: MessageId, desk: TheDesk, me: Me) -> Message:
    """Try again what has failed."""
    async with desk.acting(me) as tx:
        return await service.retry(tx, me, conversation_id, message_id, desk.clock())


def _place(conversation_id: ConversationId, message_id: MessageId) -> Place:
    return Place(conversation_id, message_id)


ThePlace = Annotated[Place, Depends(_place)]


@router.patch("/conversations/{conversation_id}/messages/{message_id}")
async def edit_message(place: ThePlace, body: EditMessage, desk: TheDesk, me: Me) -> Message:
    """Say something else in one's own message, on every account that has it."""
    async with desk.acting(me) as tx:
        return await service.edit(tx, me, place, (body.text, body.html), desk.clock())


@router.delete("/conversations/{conversation_id}/messages/{message_id}")
async def delete_message(place: ThePlace, desk: TheDesk, me: Me) -> Message:
    """Delete one's own message, on every account that has it."""
    async with desk.acting(me) as tx:
        return await service.remove(tx, me, place, desk.clock())


@router.post("/conversations/{conversation_id}/messages/{message_id}/restore")
async def restore_message(place: ThePlace, desk: TheDesk, me: Me) -> Message:
    """Bring one's own deleted message back."""
    async with desk.acting(me) as tx:
        return await service.restore(tx, me, place, desk.clock())


@router.post("/conversations/{conversation_id}/messages/{message_id}/discard")
async def discard_message(place: ThePlace, desk: TheDesk, me: Me) -> Message:
    """Give up what failed instead of trying again: the message is here what it is on the other accounts."""
    async with desk.acting(me) as tx:
        return await service.discard(tx, me, place, desk.clock())


@router.put("/conversations/{conversation_id}/messages/{message_id}/reaction")
async def react_to_message(place: ThePlace, body: React, desk: TheDesk, me: Me) -> Message:
    """Set one's own reaction, or take it back."""
    async with desk.acting(me) as tx:
        return await service.react(tx, me, place, (body.reaction, body.is_set), desk.clock())


@router.post("/conversations/{conversation_id}/read")
async def mark_read(conversation_id: ConversationId, desk: TheDesk, me: Me) -> Conversation:
    """Everything in it has been seen."""
    async with desk.acting(me) as tx:
        return await service.mark_read(tx, me, conversation_id, desk.clock())
