"""The pictures of the record: where supervisors see them, and as they are put into what is exported. Reads only."""

from __future__ import annotations

import base64
import re
from typing import Final
from urllib.parse import quote, unquote

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import View
from deskbridge.conversations import file_store, message_store
from deskbridge.conversations.image_kinds import TO_SEND
from deskbridge.conversations.model import ConversationId, MessageId, image_addresses, place_of
from deskbridge.conversations.record import RecordMessage
from deskbridge.conversations.tables import versions

_SHOWN: Final = re.compile(r'<img src="([^"]*/images/([^"/]+))"')


class RecordPicture(View):
    """A picture that is kept here, whole: `content` in Base64."""

    name: str
    content_type: str
    content: str


def as_supervisors_see(each: RecordMessage) -> RecordMessage:
    """With the addresses at which pictures are given to supervisors: those of participants are not for them."""
    place = f'"{place_of(each.message.conversation_id, each.message.id)}/images/'
    theirs = place.replace("/api/v1/", "/api/v1/record/", 1)
    former = [one.model_copy(update={"html": one.html.replace(place, theirs)}) for one in each.versions]
    message = each.message.model_copy(update={"html": each.message.html.replace(place, theirs)})
    return RecordMessage(message=message, versions=former)


async def find_address(
    connection: AsyncConnection, conversation_id: ConversationId, message_id: MessageId, image_id: str
) -> str | None:
    """Where a picture is kept that the message shows, or has shown; callers have checked whose conversation it is."""
    row = await message_store.find_message(connection, message_id)
    if row is None or row.conversation_id != conversation_id:
        return None
    former = await connection.scalars(select(versions.c.html).where(versions.c.message_id == message_id))
    wanted = quote(image_id, safe="")
    return next((at for each in (row.html, *former) if (at := image_addresses(each).get(wanted))), None)


async def contents_of(connection: AsyncConnection, each: RecordMessage) -> dict[str, RecordPicture]:
    """The pictures that are kept here, of a message and all that it said before, by the addresses in its HTML."""
    found: dict[str, RecordPicture] = {}
    for html in (each.message.html, *(one.html for one in each.versions)):
        for address, image_id in _SHOWN.findall(html):
            file = await file_store.find(connection, unquote(image_id)) if address not in found else None
            if file is None or file.message_id != each.message.id or file.content_type not in TO_SEND:
                continue
            content = base64.b64encode(await file_store.content_of(connection, file.id)).decode()
            found[address] = RecordPicture(name=file.name, content_type=file.content_type, content=content)
    return found
