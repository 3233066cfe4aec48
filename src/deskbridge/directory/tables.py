"""Tables of the Contacts directory; all SQL on them is in the files whose names end in `store`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Table, text

from deskbridge.storage.schema import ByCodePoint, Moment, metadata

_IS_MERGED = text("merged_into IS NOT NULL")

persons = Table(
    "persons",
    metadata,
    Column("id", String(36), primary_key=True),
    # Without an index: SQLite would take it, and read everybody, where some of an Account are asked for by their ids.
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("display_name", String(300), nullable=False),
    Column("job_title", String(300)),
    Column("department", String(300)),
    # Whose Identities these are now; a Person who has none of their own is listed nowhere.
    Column("merged_into", String(36)),
    Index("ix_persons_merged_into", "merged_into", sqlite_where=_IS_MERGED, postgresql_where=_IS_MERGED),
)

identities = Table(
    "identities",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("person_id", String(36), ForeignKey("persons.id"), nullable=False, index=True),
    Column("platform", String(20), nullable=False),
    Column("display_name", String(300), nullable=False),
    Column("address", String(320)),
    Column("job_title", String(300)),
    Column("department", String(300)),
    Column("user_id", String(36), ForeignKey("users.id"), index=True),
)

addresses = Table(
    "identity_addresses",
    metadata,
    Column("identity_id", String(36), ForeignKey("identities.id", ondelete="CASCADE"), primary_key=True),
    Column("address", String(320), primary_key=True),
    Column("account_id", String(36), nullable=False),
    Index("ix_identity_addresses_address", "account_id", "address"),
)

match_decisions = Table(
    "match_decisions",
    metadata,
    Column("account_id", String(36), ForeignKey("accounts.id"), primary_key=True),
    # The smaller id first. Without a foreign key: who leaves and comes back is still decided about.
    Column("one", String(36), primary_key=True),
    Column("other", String(36), primary_key=True),
    Column("verdict", String(10), nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("decided_by", String(36)),
    Index("ix_match_decisions_other", "account_id", "other"),
)

open_matches = Table(
    "open_matches",
    metadata,
    Column("identity_id", String(36), ForeignKey("identities.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", String(36), nullable=False),
    Column("match_id", String(36), nullable=False),
    Column("doubt", String(20), nullable=False),
    Index("ix_open_matches_match", "account_id", "match_id"),
)

segments = Table(
    "directory_segments",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("state", SmallInteger, nullable=False),
    Column("size", Integer, nullable=False),
    # Raised whenever somebody leaves it: what was read of its views before is not true any more.
    Column("version", Integer, nullable=False, server_default="0"),
    # No number twice: what was read of a Segment is remembered by it.
    sqlite_autoincrement=True,
)

# What follows is changed together with its Segment, by code that counts on nothing: foreign keys would only cost.
standings = Table(
    "directory_standings",
    metadata,
    Column("segment_id", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("key", ByCodePoint, nullable=False),
    Column("person_id", String(36), nullable=False, index=True),
    Column("digest", BigInteger, nullable=False),
    Index("ix_directory_standings_key", "segment_id", "key", "place"),
    sqlite_with_rowid=False,
)

postings = Table(
    "directory_postings",
    metadata,
    Column("segment_id", Integer, primary_key=True, autoincrement=False),
    Column("term", ByCodePoint, primary_key=True),
    Column("places", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

leavers = Table(
    "directory_leavers",
    metadata,
    Column("segment_id", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Who left a Segment while it was being made."""
