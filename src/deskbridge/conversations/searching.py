"""Searching one's own conversations by word, person and date; apart from `service.py` because it changes nothing."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from deskbridge.accounts.model import User, UserId, View
from deskbridge.conversations import search_store
from deskbridge.conversations.model import ConversationId, MessageId, position_at
from deskbridge.conversations.search_store import HIGHEST, Question, first_number_at, number_of
from deskbridge.conversations.search_words import SnippetPart, asked, matches, snippet
from deskbridge.directory.model import PersonId
from deskbridge.errors import BadCursor


class SearchHit(View):
    """One message that was found, and the conversation that it is in; `person_name` is who is at its other end.

    `position` is the message's place in the conversation, around which the page to show can be asked for.
    """

    message_id: MessageId
    conversation_id: ConversationId
    position: int
    person_name: str
    author_name: str
    author_user_id: UserId | None
    created_at: datetime
    snippet: list[SnippetPart]


class SearchPage(View):
    """Messages that were found, the newest first; `next` fetches the following page, None at the end."""

    hits: list[SearchHit]
    next: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: words, one other end, and moments from the one on to before the other."""

    text: str = ""
    person_id: PersonId | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(connection: Connection, user: User, wanted: Wanted, after: str | None, limit: int) -> SearchPage:
    """A page of what the User wants of the conversations that they take part in; raises BadCursor."""
    words = asked(wanted.text)
    if not words and (wanted.text.strip() or (wanted.person_id is None and not (wanted.since or wanted.until))):
        return SearchPage(hits=[], next=None)
    low = first_number_at(position_at(wanted.since)) if wanted.since else 0
    high = first_number_at(position_at(wanted.until)) if wanted.until else HIGHEST
    high = min(high, _number(after)) if after is not None else high
    conversations = search_store.list_with(connection, user.id, wanted.person_id) if wanted.person_id else None
    question = Question(user.id, words, low, high, conversations)
    found = _find(connection, question, limit + 1)
    hits = [_hit(row, words) for _, row in found[:limit]]
    return SearchPage(hits=hits, next=str(found[limit - 1][0]) if len(found) > limit else None)


def _find(connection: Connection, question: Question, limit: int) -> list[tuple[int, Row[Any]]]:
    known = [(int(row.number), row) for row in search_store.find(connection, question, limit)]
    due = [(number_of(row.id, row.position), row) for row in search_store.find_due(connection, question)]
    fresh = [
        (number, row)
        for number, row in due
        if question.low <= number < question.high and (not question.words or matches(row.text, question.words))
    ]
    return heapq.nlargest(limit, known + fresh, key=lambda each: each[0])


def _hit(row: Row[Any], words: Sequence[str]) -> SearchHit:
    return SearchHit(
        message_id=row.id,
        conversation_id=row.conversation_id,
        position=row.position,
        person_name=row.person_name,
        author_name=row.author_name,
        author_user_id=row.author_user_id,
        created_at=row.created_at,
        snippet=snippet(row.text, words),
    )


def _number(cursor: str) -> int:
    if not (cursor.isdecimal() and cursor.isascii() and 0 < int(cursor) <= HIGHEST):
        raise BadCursor
    return int(cursor)
