"""Tables of the Contacts directory; all SQL on them is in `store.py`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, SmallInteger, String, Table

from deskbridge.storage.schema import ByCodePoint, Moment, metadata

NOWHERE = 9
"""List rank of a Person who has left: kept for the record of past conversations, listed nowhere."""

persons = Table(
    "persons",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("display_name", String(300), nullable=False),
    Column("job_title", String(300)),
    Column("department", String(300)),
    Column("rank", SmallInteger, nullable=False),
    Column("sort_key", ByCodePoint, nullable=False),
    Column("has_contact_center", Boolean, nullable=False),
    Column("has_teams", Boolean, nullable=False),
    Column("has_work", Boolean, nullable=False),
    # Whose Identities these are now; a Person who has none of their own is listed nowhere.
    Column("merged_into", String(36)),
    Index("ix_persons_list", "account_id", "rank", "sort_key", "id"),
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
    Column("decided_by", String(36), nullable=False),
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

person_words = Table(
    "person_words",
    metadata,
    Column("account_id", String(36), primary_key=True),
    Column("word", ByCodePoint, primary_key=True),
    Column("person_id", String(36), ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_person_words_person", "person_id", "word"),
)
