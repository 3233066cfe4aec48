"""Pictures and files of the record: where supervisors get them, and pictures as exports have them. Reads only."""

from __future__ import annotations

import base64
import re
from typing import Any, Final
from urllib.parse import quote, unquote

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import View
from deskbridge.conversations import file_store, message_store
from deskbridge.conversations.attachments import Attachment
from deskbridge.conversations.file_store import KeptFile
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
    """With the addresses at which supervisors are given pictures and files: those of participants are not for them."""
    place = place_of(each.message.conversation_id, each.message.id)
    message, former = each.message, each.versions
    return RecordMessage(
        message=message.model_copy(update=_moved(message.html, message.attachments, place)),
        versions=[one.model_copy(update=_moved(one.html, one.attachments, place)) for one in former],
    )


def _moved(html: str, attachments: list[Attachment], place: str) -> dict[str, Any]:
    pictures = f'"{place}/images/'
    return {
        "html": html.replace(pictures, _theirs(pictures)),
        "attachments": [_given(each, place) for each in attachments],
    }


def _given(each: Attachment, place: str) -> Attachment:
    is_kept = each.address is not None and each.address.startswith(f"{place}/files/")
    return each.model_copy(update={"address": _theirs(each.address or "")}) if is_kept else each


def _theirs(address: str) -> str:
    return address.replace("/api/v1/", "/api/v1/record/", 1)


async def find_file(
    connection: AsyncConnection, conversation_id: ConversationId, message_id: MessageId, file_id: str
) -> KeptFile | None:
    """A file that went with the message, whatever became of that; callers have checked whose conversation it is."""
    row = await message_store.find_message(connection, message_id)
    file = await file_store.find(connection, file_id) if row and row.conversation_id == conversation_id else None
    return file if file and file.message_id == message_id else None


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
