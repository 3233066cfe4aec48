"""What became of each thing that Microsoft told us: nothing ends in silence, every end is counted."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import Counter


class Outcome(StrEnum):
    """The ends that a notification or a message read can come to."""

    ADDED = "added"
    CHANGED = "changed"
    STALE = "stale"
    NOT_OURS = "not_ours"
    BEFORE_CONVERSATION = "before_conversation"
    NOT_KEPT = "not_kept"
    SYSTEM_EVENT = "system_event"
    WRONG_CLIENT_STATE = "wrong_client_state"
    WRONG_PROOF = "wrong_proof"
    UNREADABLE = "unreadable"
    GONE = "gone"
    LIFECYCLE = "lifecycle"
    COMPLETE = "complete"
    OVERFLOWED = "overflowed"


ends = Counter(
    "deskbridge_teams_notifications", "What became of what Microsoft told us or we read, by outcome.", ["outcome"]
)
requests = Counter("deskbridge_graph_requests", "Requests to Microsoft Graph, by how they ended.", ["end"])
sends = Counter("deskbridge_teams_sends", "Attempts to send a message to Teams, by how they ended.", ["end"])

changes = Counter(
    "deskbridge_teams_changes", "Edits, deletions and reactions on their way to Teams, by what came of a step.", ["end"]
)


def count(outcome: Outcome, how_many: int = 1) -> None:
    """Another one came to this end."""
    ends.labels(outcome.value).inc(how_many)
