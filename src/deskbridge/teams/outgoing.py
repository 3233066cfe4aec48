"""From our words to Microsoft's: the body of a message as Graph takes it (facts.md 6.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final

from deskbridge.conversations.safe_html import with_persons
from deskbridge.teams.ids import GraphMessageId, MicrosoftUserId
from deskbridge.teams.pictures import Picture, to_send
from deskbridge.teams.resources import Attachment


@dataclass(frozen=True, slots=True)
class Named:
    """A Microsoft user whom a message may name."""

    id: MicrosoftUserId
    name: str


@dataclass(frozen=True, slots=True)
class With:
    """What goes with the words: whom they name, and the quotes, files and cards beside them."""

    named: Mapping[str, Named] = field(default_factory=dict)
    """By the ids of Persons."""
    attachments: Sequence[Attachment] = ()
    pictures: Sequence[Picture] = ()
    """Those that the words show, where they go for the first time."""


def body_for(html: str, more: With = With()) -> dict[str, Any]:  # It is frozen.
    """A chatMessage that says it."""
    mentions: list[dict[str, Any]] = []
    html, hosted = to_send(html, more.pictures) if more.pictures else (html, [])
    content = with_persons(_NAMED.sub(lambda found: _at(found, more.named, mentions), html), {})
    before = "".join(_mark(each) for each in more.attachments if _is_quote(each))
    after = "".join(_mark(each) for each in more.attachments if not _is_quote(each))
    said: dict[str, Any] = {"body": {"contentType": "html", "content": before + content + after}}
    if mentions:
        said["mentions"] = mentions
    if hosted:
        said["hostedContents"] = hosted
    if more.attachments:
        said["attachments"] = [_again(each) for each in more.attachments]
    return said


# What `safe_html` writes of somebody who is named: a name, and nothing else inside.
_NAMED: Final = re.compile(r'<span(?: class="mention"| data-person="([^"]*)"){1,2}>([^<]*)</span>')


def _at(found: re.Match[str], named: Mapping[str, Named], mentions: list[dict[str, Any]]) -> str:
    """`at` with its mention; only a name where nobody knows who that is in Teams."""
    who = named.get(found[1] or "")
    if who is None:
        return found[2]
    number = len(mentions)
    user = {"id": who.id, "displayName": who.name, "userIdentityType": "aadUser"}
    mentions.append({"id": number, "mentionText": unescape(found[2]), "mentioned": {"user": user}})
    return f'<at id="{number}">{found[2]}</at>'


def _mark(each: Attachment) -> str:
    return f'<attachment id="{each.id}"></attachment>'


def _again(each: Attachment) -> dict[str, Any]:
    said = {"id": each.id, "contentType": each.content_type, "content": each.content}
    more = {"contentUrl": each.content_url, "name": each.name}
    return said | {key: value for key, value in more.items() if value is not None}


def answer_to(quoted: GraphMessageId, body: dict[str, Any]) -> dict[str, Any]:
    """What replyWithQuote takes."""
    return {"messageIds": [quoted], "replyMessage": body}


def _is_quote(each: Attachment) -> bool:
    return (each.content_type or "").casefold() == "messagereference"
