"""Lists of chats as Graph gives them; what is not needed here is not parsed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from deskbridge.teams.resources import Resource, in_utc


class Preview(Resource):
    """The last message of a chat, as lists of chats have it; its words are not looked at (H4)."""

    id: str
    created_date_time: datetime

    @property
    def created(self) -> datetime:
        """When it was said."""
        return in_utc(self.created_date_time)


class ListedChat(Resource):
    """A chat in a list (facts.md 5)."""

    id: str
    last_message_preview: Preview | None = None


class ChatPage(Resource):
    """A page of GET /me/chats."""

    value: list[ListedChat] = msgspec.field(default_factory=list)
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
