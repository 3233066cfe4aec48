"""Files of messages: given before they are sent, and given back to those who see the message."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from deskbridge.api.breaking_off import or_break_off
from deskbridge.api.conversations import ThePlace
from deskbridge.api.desk import Me, TheDesk
from deskbridge.api.scanning import scan
from deskbridge.conversations import archiving, file_store, message_store, store
from deskbridge.conversations.attachments import decode, kept_ids
from deskbridge.conversations.file_store import FileId, KeptFile
from deskbridge.conversations.keeping import Given, GivenFile, keep_file
from deskbridge.conversations.model import ConversationId
from deskbridge.errors import NotFound
from deskbridge.storage.database import Database

router = APIRouter(tags=["conversations"])

_BYTES = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

TheFileId = Annotated[FileId, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


@router.put("/conversations/{conversation_id}/files/{file_id}", status_code=201, openapi_extra=_BYTES)
async def give_file(
    conversation_id: ConversationId,
    file_id: TheFileId,
    request: Request,
    desk: TheDesk,
    me: Me,
    name: Annotated[str, Query(max_length=500)] = "",
) -> GivenFile:
    """Keep a file that is about to be sent, under an id (a UUID) of one's own; the same again is the same file.

    A message takes it along by naming the id in `files`. What goes with no message is forgotten after a week.
    """
    given = Given(file_id, conversation_id, name, await request.body())
    await scan(desk.settings.scanner_url, given.content, me)
    async with desk.acting(me) as tx:
        return await keep_file(tx, me, given, desk.clock())


@router.delete("/conversations/{conversation_id}/files/{file_id}", status_code=204)
async def forget_file(conversation_id: ConversationId, file_id: TheFileId, desk: TheDesk, me: Me) -> None:
    """Give up a file that one gave and has not sent; what went with a message stays."""
    async with desk.acting(me) as tx:
        if not await store.is_participant(tx.connection, conversation_id, me.id):
            raise NotFound("There is no such conversation of yours.")
        await file_store.forget(tx.connection, me.id, file_id)


@router.get("/conversations/{conversation_id}/messages/{message_id}/files/{file_id}", response_class=Response)
async def get_file(place: ThePlace, file_id: str, desk: TheDesk, me: Me) -> Response:
    """A file that a message of one's own conversation has, to be saved."""
    async with desk.db.read() as connection:
        is_mine = await store.is_participant(connection, place.conversation_id, me.id)
        row = await message_store.find_message(connection, place.message_id) if is_mine else None
        has_it = (
            row is not None
            and (row.conversation_id, row.deleted_at) == (place.conversation_id, None)
            and file_id in kept_ids(decode(row.attachments))
        )
        file = await file_store.find(connection, file_id) if has_it else None
        if file is None or file.message_id != place.message_id:
            raise NotFound("There is no such file in a message of yours.")
    return to_save(desk.db, file)


def to_save(db: Database, file: KeptFile) -> Response:
    """A file that is kept here, for whoever was found to have a right to it.

    Where it is no longer kept, what is missing of the announced length tells that it is not whole.
    """
    return StreamingResponse(
        or_break_off(archiving.pieces_of(db, file), file.size),
        media_type="application/octet-stream",
        headers=_headers(file),
    )


def _headers(file: KeptFile) -> dict[str, str]:
    """Whatever is in it, no browser shows it as a page of ours."""
    plain = file.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "content-length": str(file.size),
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
    }
