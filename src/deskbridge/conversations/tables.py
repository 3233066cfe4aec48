"""Tables of conversations; all SQL on them is in `store.py` (changing) and `views.py` (showing)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)

from deskbridge.storage.schema import Moment, metadata

_WAITS = text("state = 'queued'")
_IS_OURS = text("client_id IS NOT NULL")
_IS_READ = text("read_at IS NOT NULL")

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("pair", String(80), nullable=False),
    Column("agent_user_id", String(36), ForeignKey("users.id"), nullable=False),
    Column("person_id", String(36), ForeignKey("persons.id"), nullable=False, index=True),
    Column("started_at", Moment, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("complete_up_to", Moment),
    # What was said before that day is not kept any more, and after how many days it was deleted.
    Column("deleted_before", Moment),
    Column("deleted_after_days", Integer),
    UniqueConstraint("account_id", "kind", "pair"),
)

participants = Table(
    "participants",
    metadata,
    Column("conversation_id", String(36), ForeignKey("conversations.id"), primary_key=True),
    Column("user_id", String(36), ForeignKey("users.id"), primary_key=True),
    Column("sees_person_id", String(36), ForeignKey("persons.id"), nullable=False),
    Column("read_revision", BigInteger, nullable=False),
    # When something unread was read here that the platform it came from is still to be told.
    Column("read_at", Moment),
    Index("ix_participants_user", "user_id"),
    Index("ix_participants_read", "user_id", sqlite_where=_IS_READ, postgresql_where=_IS_READ),
    Index("ix_participants_sees", "sees_person_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", String(36), ForeignKey("conversations.id"), nullable=False),
    Column("client_id", String(36)),
    Column("position", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    # The conversation's revision when it came: what came late stands earlier, and is unread all the same.
    Column("arrived", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("author_person_id", String(36)),
    Column("author_user_id", String(36)),
    Column("author_name", String(300), nullable=False),
    Column("author_platform", String(20), nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    # Where it went with the commit, as all does that goes to a platform of our own: such a delivery is no row.
    Column("own_platform", String(20)),
    # Files and cards as JSON, where there are any.
    Column("attachments", Text),
    Column("created_at", Moment, nullable=False),
    Column("edited_at", Moment),
    Column("deleted_at", Moment),
    Column("refers_to", String(36)),
    UniqueConstraint("conversation_id", "position"),
    # What came from other platforms has no id of its sender's.
    Index(
        "ix_messages_client",
        "conversation_id",
        "client_id",
        unique=True,
        sqlite_where=_IS_OURS,
        postgresql_where=_IS_OURS,
    ),
    # What is unread is counted with every message that is told.
    Index("ix_messages_arrived", "conversation_id", "arrived"),
)

# Few messages refer to another.
Index(
    "ix_messages_refers_to",
    messages.c.refers_to,
    sqlite_where=messages.c.refers_to.is_not(None),
    postgresql_where=messages.c.refers_to.is_not(None),
)

reactions = Table(
    "reactions",
    metadata,
    Column("message_id", String(36), ForeignKey("messages.id"), primary_key=True),
    Column("who", String(400), primary_key=True),
    Column("reaction", String(64), primary_key=True),
    Column("user_id", String(36)),
    Column("name", String(300), nullable=False),
    Column("at", Moment, nullable=False),
    Column("told_by", String(36), nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", String(36), ForeignKey("conversations.id"), nullable=False),
    Column("message_id", String(36), ForeignKey("messages.id"), nullable=False, index=True),
    Column("identity_id", String(36), nullable=False),
    Column("platform", String(20), nullable=False),
    # The author; None where that is nobody here.
    Column("sender_user_id", String(36)),
    Column("position", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", Text),
    Column("changed_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    # Where in a trace it was queued, so that sending it goes on from there.
    Column("traceparent", String(55)),
    # What has left for good is in no queue.
    Index(
        "ix_deliveries_queue",
        "platform",
        "conversation_id",
        "position",
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    ),
    Index(
        "ix_deliveries_leaving",
        "platform",
        "sender_user_id",
        "conversation_id",
        "position",
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    ),
)

IS_QUEUED: Final = deliveries.c.state == literal_column("'queued'")
"""Not a parameter: only for a literal do databases see that the indexes of what waits are meant."""

changes = Table(
    "message_changes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", String(36), ForeignKey("conversations.id"), nullable=False),
    Column("message_id", String(36), ForeignKey("messages.id"), nullable=False),
    Column("user_id", String(36), ForeignKey("users.id"), nullable=False),
    Column("reaction", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", Text),
    Column("queued_at", Moment, nullable=False),
    # Counts what the user did since: whoever carried an older one is not done.
    Column("number", Integer, nullable=False),
    # What is known of the message there: whether its text differs, whether it is deleted, and what is to be looked at.
    Column("has_text", Boolean, nullable=False),
    Column("is_deleted_there", Boolean, nullable=False),
    # Where its text differs: the former version that the message still is there.
    Column("version_there", Integer),
    Column("look", String(10), nullable=False),
    UniqueConstraint("message_id", "user_id", "reaction"),
    Index("ix_message_changes_queue", "state", "user_id", "queued_at"),
)

versions = Table(
    "message_versions",
    metadata,
    Column("message_id", String(36), ForeignKey("messages.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    # As with messages: a version has what came with its words.
    Column("attachments", Text),
    # When these words began to be what the message said, and when they ceased to be.
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)

# One for each Account that ever deleted what it no longer keeps: the run that is under way, or the last one.
retention_runs = Table(
    "retention_runs",
    metadata,
    Column("account_id", String(36), ForeignKey("accounts.id"), primary_key=True),
    Column("before", Moment, nullable=False),
    Column("days", Integer, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("versions", Integer, nullable=False),
    Column("conversations", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
)
