"""All tables and SQL of teams/, one module for each subject; importing this package registers every table."""

from deskbridge.teams.store import (
    certificates,
    chats,
    connections,
    delays,
    farewells,
    files,
    inbox,
    leases,
    people,
    quotes,
    read_states,
    statuses,
    subscriptions,
    watches,
)

__all__ = [
    "certificates",
    "chats",
    "connections",
    "delays",
    "farewells",
    "files",
    "inbox",
    "leases",
    "people",
    "quotes",
    "read_states",
    "statuses",
    "subscriptions",
    "watches",
]
