"""The record, for supervisors: every reading of it is written into the audit log before it is answered; and exports."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime
from starlette.responses import Response, StreamingResponse

from deskbridge.accounts.model import User, UserId, View
from deskbridge.api.breaking_off import or_break_off
from deskbridge.api.conversations import ThePlace
from deskbridge.api.desk import Desk, Me, Origin, ProvedSupervisor, Supervisor, TheDesk
from deskbridge.api.files import to_save
from deskbridge.api.pictures import ONLY_TO_LOOK_AT
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, actor
from deskbridge.conversations import archiving, file_store, record, record_files, store
from deskbridge.conversations.exporting import Format
from deskbridge.conversations.model import ConversationId
from deskbridge.conversations.record import RecordConversation, RecordMessage, RecordQuestion
from deskbridge.conversations.safe_html import KEPT
from deskbridge.directory.model import PersonId
from deskbridge.errors import NotFound

router = APIRouter(tags=["record"])

_KINDS: Final = {
    Format.JSON: "application/json",
    Format.HTML: "text/html; charset=utf-8",
    Format.ZIP: "application/zip",
}


class RecordConversations(View):
    """One page of conversations, the liveliest first; `next` fetches the following one."""

    conversations: list[RecordConversation]
    next: str | None


class RecordPage(View):
    """Messages in order, oldest first; `earlier` is the position to ask before, or None at the beginning."""

    conversation: RecordConversation
    messages: list[RecordMessage]
    earlier: int | None


def _question(
    agent_id: UserId | None = None,
    person_id: PersonId | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> RecordQuestion:
    return RecordQuestion(agent_id, person_id, since, until)


@router.get("/record/conversations")
async def list_record(
    desk: TheDesk,
    supervisor: Supervisor,
    question: Annotated[RecordQuestion, Depends(_question)],
    after: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> RecordConversations:
    """Conversations of the whole Account: who with whom and when, not what was said."""
    async with desk.db.read() as connection:
        found, end = await record.find_conversations(connection, supervisor.account_id, question, after, limit)
    return RecordConversations(conversations=found, next=end)


@router.get("/record/conversations/{conversation_id}/messages")
async def read_record(
    conversation_id: ConversationId,
    desk: TheDesk,
    supervisor: Supervisor,
    origin: Origin,
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RecordPage:
    """What was said, with every former version."""
    async with desk.db.read() as connection:
        conversation = await record.find_conversation(connection, supervisor.account_id, conversation_id)
        if conversation is None:
            raise NotFound("There is no such conversation in the record.")
        messages, earlier = await record.list_before(connection, conversation_id, before, limit)
    said = [each.message.created_at.isoformat() for each in messages]
    span = f"{said[0]} – {said[-1]}" if said else "nothing"
    await _note(desk, (supervisor, origin), Action.RECORD_READ, conversation, read=span)
    shown = [record_files.as_supervisors_see(each) for each in messages]
    return RecordPage(conversation=conversation, messages=shown, earlier=earlier)


@router.get("/record/conversations/{conversation_id}/messages/{message_id}/images/{image_id}", response_class=Response)
async def get_record_image(place: ThePlace, image_id: str, desk: TheDesk, supervisor: Supervisor) -> Response:
    """A picture that a message shows or has shown; which messages are read is written down where they are."""
    async with desk.db.read() as connection:
        its = await record.find_conversation(connection, supervisor.account_id, place.conversation_id)
        where = (place.conversation_id, place.message_id, image_id)
        address = await record_files.find_address(connection, *where) if its else None
        file = await file_store.find(connection, image_id) if address and address.startswith(KEPT) else None
        if address is None or (file is not None and file.message_id != place.message_id):
            raise NotFound("There is no such image in the record.")
        content = await file_store.content_of(connection, file.id) if file else b""
    if file is not None:
        return Response(content, media_type=file.content_type, headers=ONLY_TO_LOOK_AT)
    image = await desk.connector.images.fetch(*where)
    return Response(image.content, media_type=image.content_type, headers=ONLY_TO_LOOK_AT)


@router.get("/record/conversations/{conversation_id}/messages/{message_id}/files/{file_id}", response_class=Response)
async def get_record_file(
    place: ThePlace, file_id: str, desk: TheDesk, supervisor: Supervisor, origin: Origin
) -> Response:
    """A file that went with a message, deleted since or not; that it was fetched is written down."""
    async with desk.db.read() as connection:
        its = await record.find_conversation(connection, supervisor.account_id, place.conversation_id)
        where = (place.conversation_id, place.message_id, file_id)
        file = await record_files.find_file(connection, *where) if its else None
    if its is None or file is None:
        raise NotFound("There is no such file in the record.")
    await _note(desk, (supervisor, origin), Action.RECORD_READ, its, read=f"the file {file.name}")
    return to_save(desk.db, file)


@router.get("/record/conversations/{conversation_id}/export", response_class=Response)
async def export_record(
    conversation_id: ConversationId,
    desk: TheDesk,
    supervisor: ProvedSupervisor,
    origin: Origin,
    format: Format = Format.HTML,  # Query parameters have the names that users of the API see.
) -> Response:
    """The whole conversation with every former version, to be kept elsewhere."""
    async with desk.db.read() as connection:
        conversation = await record.find_conversation(connection, supervisor.account_id, conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation in the record.")
    await _note(desk, (supervisor, origin), Action.CONVERSATION_EXPORTED, conversation, versions="yes", format=format)
    return _file(desk, conversation, format, has_versions=True)


@router.get("/conversations/{conversation_id}/export", response_class=Response)
async def export_conversation(
    conversation_id: ConversationId, desk: TheDesk, me: Me, origin: Origin, format: Format = Format.HTML
) -> Response:
    """One's own whole conversation, as its participants see it."""
    async with desk.db.read() as connection:
        is_mine = await store.is_participant(connection, conversation_id, me.id)
        conversation = await record.find_conversation(connection, me.account_id, conversation_id) if is_mine else None
    if conversation is None:
        raise NotFound("There is no such conversation of yours.")
    await _note(desk, (me, origin), Action.CONVERSATION_EXPORTED, conversation, versions="no", format=format)
    return _file(desk, conversation, format, has_versions=False)


async def _note(
    desk: Desk, who: tuple[User, str], action: Action, conversation: RecordConversation, **detail: str
) -> None:
    user, origin = who
    async with desk.acting(user, recorded=True) as tx:
        what = (actor(user, origin), action)
        await audit.record(tx, user.account_id, what, desk.clock(), None, **conversation.in_words(), **detail)


def _file(desk: Desk, conversation: RecordConversation, format_: Format, *, has_versions: bool) -> Response:
    pieces = archiving.write(desk.db, conversation, format_, desk.clock(), has_versions=has_versions)
    name = f"conversation-{conversation.id}.{format_.value}"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
        "cache-control": "no-store",
    }
    return StreamingResponse(or_break_off(pieces), media_type=_KINDS[format_], headers=headers)
