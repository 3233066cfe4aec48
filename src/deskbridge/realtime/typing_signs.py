"""Telling the others in a conversation that somebody is writing: at once, to nobody else, and kept nowhere.

Only Users hear it, who are the agent and the Work user: Graph has no such sign for Teams, and nothing is sent there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from deskbridge.accounts.model import User
from deskbridge.clock import Clock
from deskbridge.conversations import store
from deskbridge.conversations.model import ConversationId
from deskbridge.errors import DatabaseUnavailable
from deskbridge.realtime.hub import Hub
from deskbridge.realtime.protocol import TypingNow
from deskbridge.storage.database import Database

APART: Final = timedelta(seconds=2)
"""Of one tab: what is said sooner is not told on, however often it is said."""
LASTS: Final = timedelta(seconds=6)
"""Browsers say it every three seconds, so one that was lost does not make the sign flicker."""


class TypingSigns:
    """Those of one tab."""

    def __init__(self, db: Database, hub: Hub, clock: Clock, user: User) -> None:
        self._db = db
        self._hub = hub
        self._clock = clock
        self._user = user
        self._told_at: datetime | None = None

    async def tell(self, conversation_id: ConversationId) -> None:
        """The others who take part hear it; from who takes no part nobody does."""
        now = self._clock()
        if self._told_at is not None and now < self._told_at + APART:
            return
        self._told_at = now
        try:
            async with self._db.read() as connection:
                others = await store.list_others(connection, conversation_id, self._user.id)
        except DatabaseUnavailable:
            # Whoever writes on says so again.
            return
        if others:
            sign = TypingNow(
                conversation_id=conversation_id,
                user_id=self._user.id,
                display_name=self._user.display_name,
                seconds=int(LASTS.total_seconds()),
            )
            self._hub.tell_typing(others, sign)
