"""Tables of the Contacts directory; all SQL on them is in `store.py`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, SmallInteger, String, Table

from deskbridge.storage.schema import ByCodePoint, metadata

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

person_words = Table(
    "person_words",
    metadata,
    Column("account_id", String(36), primary_key=True),
    Column("word", ByCodePoint, primary_key=True),
    Column("person_id", String(36), ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_person_words_person", "person_id", "word"),
)
