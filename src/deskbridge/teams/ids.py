"""Microsoft's ids as opaque types: `teams.store` alone maps them to ours. Nothing is ever read out of their text."""

from __future__ import annotations

from typing import NewType

TenantId = NewType("TenantId", str)
MicrosoftUserId = NewType("MicrosoftUserId", str)
ChatId = NewType("ChatId", str)
GraphMessageId = NewType("GraphMessageId", str)
"""Unique only within its chat (facts.md 6.1)."""
SubscriptionId = NewType("SubscriptionId", str)
Bearer = NewType("Bearer", str)
"""An access token; never logged."""
LinkId = NewType("LinkId", str)
"""Ours: one Teams chat as one Deskbridge User takes part in it, tied to one Conversation."""
