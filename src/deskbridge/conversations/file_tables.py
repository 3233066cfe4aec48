"""Tables of what people send with their messages; all SQL on them is in `file_store.py`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, text

from deskbridge.storage.schema import Moment, metadata

_UNSENT = text("message_id IS NULL")

files = Table(
    "files",
    metadata,
    # Made by whoever sends it.
    Column("id", String(36), primary_key=True),
    Column("conversation_id", String(36), ForeignKey("conversations.id"), nullable=False),
    Column("user_id", String(36), ForeignKey("users.id"), nullable=False),
    # The message that it went with; None as long as there is none.
    Column("message_id", String(36), ForeignKey("messages.id"), index=True),
    Column("name", String(255), nullable=False),
    Column("content_type", String(100), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    # What the platform that it was sent to calls it.
    Column("name_there", String(700)),
    Index("ix_files_unsent", "user_id", "created_at", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
)

parts = Table(
    "file_parts",
    metadata,
    Column("file_id", String(36), ForeignKey("files.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
