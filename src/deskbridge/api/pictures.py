"""Pictures in messages: given before they are sent, and shown to those who see the message."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from deskbridge.api.conversations import ThePlace
from deskbridge.api.desk import Me, TheDesk
from deskbridge.api.scanning import scan
from deskbridge.conversations import file_store, message_store, store
from deskbridge.conversations.file_store import FileId
from deskbridge.conversations.image_kinds import TO_SEND
from deskbridge.conversations.keeping import Given, Picture, keep_picture
from deskbridge.conversations.model import ConversationId, image_addresses
from deskbridge.conversations.safe_html import KEPT
from deskbridge.errors import NotFound

router = APIRouter(tags=["conversations"])

ONLY_TO_LOOK_AT = {
    "cache-control": "private, max-age=86400, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}
_BYTES = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(TO_SEND)},
    }
}

ImageId = Annotated[FileId, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


@router.put("/conversations/{conversation_id}/images/{image_id}", status_code=201, openapi_extra=_BYTES)
async def give_image(
    conversation_id: ConversationId,
    image_id: ImageId,
    request: Request,
    desk: TheDesk,
    me: Me,
    name: Annotated[str, Query(max_length=500)] = "",
) -> Picture:
    """Keep a picture that is about to be sent, under an id (a UUID) of one's own; the same again is the same picture.

    A message shows it with `<img src>` and the picture's `address`. What no message shows is forgotten after a week.
    """
    given = Given(image_id, conversation_id, name, await request.body())
    await scan(desk.settings.scanner_url, given.content, me)
    async with desk.acting(me) as tx:
        return await keep_picture(tx, me, given, desk.clock())


@router.get("/conversations/{conversation_id}/images/{image_id}", response_class=Response)
async def get_given_image(conversation_id: ConversationId, image_id: ImageId, desk: TheDesk, me: Me) -> Response:
    """A picture that one gave oneself and has not sent yet."""
    async with desk.db.read() as connection:
        file = await file_store.find(connection, image_id)
        if (
            file is None
            or file.message_id
            or file.content_type not in TO_SEND
            or (file.user_id, file.conversation_id) != (me.id, conversation_id)
        ):
            raise NotFound("There is no such picture of yours.")
        content = await file_store.content_of(connection, image_id)
    return Response(content, media_type=file.content_type, headers=ONLY_TO_LOOK_AT)


@router.get("/conversations/{conversation_id}/messages/{message_id}/images/{image_id}", response_class=Response)
async def get_image(place: ThePlace, image_id: str, desk: TheDesk, me: Me) -> Response:
    """An image that a message of one's own conversation shows; of nothing else."""
    async with desk.db.read() as connection:
        is_mine = await store.is_participant(connection, place.conversation_id, me.id)
        row = await message_store.find_message(connection, place.message_id) if is_mine else None
        is_shown = row is not None and row.conversation_id == place.conversation_id and row.deleted_at is None
        address = image_addresses(row.html).get(quote(image_id, safe="")) if row is not None and is_shown else None
        file = await file_store.find(connection, image_id) if address and address.startswith(KEPT) else None
        if address is None or (file is not None and file.message_id != place.message_id):
            raise NotFound("There is no such image in a message of yours.")
        content = await file_store.content_of(connection, file.id) if file else b""
    if file is not None:
        return Response(content, media_type=file.content_type, headers=ONLY_TO_LOOK_AT)
    image = await desk.connector.images.fetch(place.conversation_id, place.message_id, image_id)
    return Response(image.content, media_type=image.content_type, headers=ONLY_TO_LOOK_AT)
