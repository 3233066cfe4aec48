"""A whole conversation as JSON or as a page to print, a piece at a time however long it is; apart from `record.py`,
which it reads, because of its size. `archiving.py` puts both and the files into one."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from deskbridge.conversations import record
from deskbridge.conversations.attachments import Attachment, in_words
from deskbridge.conversations.model import ConversationId, MessageKind
from deskbridge.conversations.record import RecordConversation, RecordMessage, Version
from deskbridge.conversations.record_files import RecordPicture, contents_of
from deskbridge.storage.database import Database

PAGE: Final = 200
Pictures = Mapping[str, RecordPicture]
"""Of one message, by the addresses in its HTML."""


class Format(StrEnum):
    """What a conversation can be written as."""

    JSON = "json"
    HTML = "html"
    ZIP = "zip"
    """Both, and the files that are kept here."""


def as_it_is(each: RecordMessage) -> RecordMessage:
    """With the addresses at which participants are given files."""
    return each


async def write(
    db: Database,
    conversation: RecordConversation,
    now: datetime,
    *,
    is_json: bool,
    has_versions: bool,
    arrange: Callable[[RecordMessage], RecordMessage] = as_it_is,
) -> AsyncIterator[str]:
    """The pieces in order; what is said meanwhile may be at the end. Former versions for the record only.

    `arrange` says where the files of a message are.
    """
    yield _json_head(conversation, now) if is_json else _html_head(conversation, now, has_versions=has_versions)
    is_first = True
    async for each in _messages(db, conversation.id):
        kept = arrange(each if has_versions else each.model_copy(update={"versions": []}))
        async with db.read() as connection:
            pictures = await contents_of(connection, kept)
        if is_json:
            yield ("\n" if is_first else ",\n") + _json_message(kept, pictures, has_versions=has_versions)
        else:
            yield _html_message(kept, pictures)
        is_first = False
    yield "\n]}\n" if is_json else "</main>\n</html>\n"


async def _messages(db: Database, conversation_id: ConversationId) -> AsyncIterator[RecordMessage]:
    after = -1
    while True:
        async with db.read() as connection:
            page = await record.list_after(connection, conversation_id, after, PAGE)
        for each in page:
            yield each
        if len(page) < PAGE:
            return
        after = page[-1].message.position


def _json_head(conversation: RecordConversation, now: datetime) -> str:
    head = {"format": "deskbridge conversation 1", "exported_at": now.isoformat()}
    head_text = json.dumps(head | {"conversation": conversation.model_dump(mode="json")}, ensure_ascii=False)
    return head_text[:-1] + ', "messages": ['


def _json_message(each: RecordMessage, pictures: Pictures, *, has_versions: bool) -> str:
    said = each.message.model_dump(mode="json")
    if pictures:
        said["pictures"] = {address: one.model_dump(mode="json") for address, one in pictures.items()}
    if has_versions:
        said["versions"] = [version.model_dump(mode="json") for version in each.versions]
    return json.dumps(said, ensure_ascii=False)


_STYLE: Final = """
:root { color-scheme: light; }
body { margin: 2rem auto; max-width: 48rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: #1b1b1b;
  background: #fff; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
article { border-top: 1px solid #ccc; padding: .6rem 0; break-inside: avoid; }
article > header { font-size: .85rem; color: #454545; }
b { color: #1b1b1b; }
p { margin: .2rem 0; }
blockquote, .version { border-inline-start: 3px solid #999; margin: .4rem 0; padding-inline-start: .7rem; }
.version { border-color: #9a4b00; }
.version > header { font-size: .8rem; color: #7a3b00; }
.note { color: #454545; font-style: italic; }
.file { border: 1px solid #ccc; border-radius: 4px; display: table; padding: .2rem .6rem; }
pre { white-space: pre-wrap; }
img { display: block; max-width: 100%; max-height: 24rem; }
@media print { body { margin: 0; max-width: none; } a { color: inherit; } }
"""


def _html_head(conversation: RecordConversation, now: datetime, *, has_versions: bool) -> str:
    title = f"{conversation.agent_name} and {conversation.person_name}"
    what = "With every former version of edited and deleted messages." if has_versions else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<main>\n"
        f"<h1>Conversation of <bdi>{html.escape(conversation.agent_name)}</bdi> with "
        f"<bdi>{html.escape(conversation.person_name)}</bdi></h1>\n"
        f'<p class="note">Exported {_moment(now)}. {what}</p>\n'
    )


def _html_message(each: RecordMessage, pictures: Pictures) -> str:
    said = each.message
    author = f"<b><bdi>{html.escape(said.author.display_name)}</bdi></b>"
    head = f"{author} · {_moment(said.created_at)} · from {said.author.platform.value.replace('_', ' ')}"
    if said.kind is not MessageKind.MESSAGE:
        return f'<article><p class="note">{html.escape(said.text)} · {_moment(said.created_at)}</p></article>\n'
    quote = ""
    if said.quote is not None:
        about = html.escape(said.quote.text) or "A deleted message"
        quote = f"<blockquote><bdi>{html.escape(said.quote.author_name)}</bdi>: {about}</blockquote>"
    if said.deleted_at is not None:
        body = f'<p class="note">Deleted {_moment(said.deleted_at)}</p>'
    else:
        edited = f' <span class="note">Edited {_moment(said.edited_at)}</span>' if said.edited_at else ""
        body = _with_pictures(said.html, pictures) + _html_attachments(said.attachments) + edited
    reactions = " ".join(f"{html.escape(one.reaction)} {html.escape(', '.join(one.by))}" for one in said.reactions)
    more = f'<p class="note">{reactions}</p>' if reactions else ""
    former = "".join(_html_version(version, pictures) for version in each.versions)
    return f"<article><header>{head}</header>{quote}{body}{more}{former}</article>\n"


def _html_version(version: Version, pictures: Pictures) -> str:
    head = f"Version {version.number}, from {_moment(version.since)} until {_moment(version.until)}"
    body = _with_pictures(version.html, pictures) + _html_attachments(version.attachments)
    return f'<div class="version"><header>{head}</header>{body}</div>'


def _html_attachments(attachments: list[Attachment]) -> str:
    """Named; a link only to where somebody else keeps them, as what is kept here is given to who is signed in."""
    shown = []
    for each in attachments:
        words = html.escape(in_words([each]))
        if each.address and not each.address.startswith("/"):
            words = f'<a href="{html.escape(each.address)}" rel="noopener noreferrer">{words}</a>'
        size = f" ({each.size:,} bytes)" if each.size is not None else ""
        text = f"<br>{html.escape(each.text)}" if each.text else ""
        shown.append(f'<p class="file">{words}{size}{text}</p>')
    return "".join(shown)


_IMAGE: Final = re.compile(r'<img\b(?: src="([^"]*)")?([^>]*)>', re.IGNORECASE)


def _with_pictures(sanitised: str, pictures: Pictures) -> str:
    """What is stored was sanitised when it came; the page is to need nobody, so others than ours are only named."""

    def put(found: re.Match[str]) -> str:
        kept = pictures.get(found[1] or "")
        if kept is None:
            return '<span class="note">[image, in Microsoft Teams]</span>'
        return f'<img src="data:{kept.content_type};base64,{kept.content}"{found[2]}>'

    return _IMAGE.sub(put, sanitised)


def _moment(moment: datetime) -> str:
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M:%S} UTC</time>'
