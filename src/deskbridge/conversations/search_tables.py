"""The index in which messages are searched: FTS5 in SQLite, a GIN index of tsvector in PostgreSQL.

Apart from `tables.py` because much of it is none of what SQLAlchemy's tables can say. A message that is new, edited,
deleted or brought back becomes *due* by a trigger, in the transaction of the change, whoever makes it; `indexing.py`
takes what is due in the background, many at a time. A search looks at the index and at what is due, so that it always
answers with what is there.

`number` is the order of all messages, by the moment at which they were said: FTS5 answers in the order of its numbers,
so the newest are found first without sorting what was found.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Text, inspect
from sqlalchemy.dialects.postgresql import TSVECTOR

from deskbridge.storage.schema import metadata

search = Table(
    "message_search",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("message_id", String(36), nullable=False, unique=True),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
)

due = Table(
    "message_search_due",
    metadata,
    Column("message_id", String(36), primary_key=True),
    # Counts the changes: who takes an older one in is not done.
    Column("changes", Integer, nullable=False),
    sqlite_with_rowid=False,
)

INDEX: Final = "message_words"
"""What SQLite's part of it is called; its own tables begin with the same."""

# One statement a paragraph. Words come folded and separated by spaces, so FTS5 has to understand ASCII only. In SQLite
# `WHERE` tells ON CONFLICT from the ON of a join. A change of what is due already counts, and so waits for whoever is
# just taking it in: else that one would be done with a change that it has not seen.
_SQLITE: Final = """
CREATE VIRTUAL TABLE IF NOT EXISTS message_words USING fts5(
    words, content='message_search', content_rowid='number', tokenize='ascii', detail='none', columnsize=0)

CREATE TRIGGER IF NOT EXISTS message_search_in AFTER INSERT ON message_search BEGIN
    INSERT INTO message_words (rowid, words) VALUES (NEW.number, NEW.words);
END

CREATE TRIGGER IF NOT EXISTS message_search_out AFTER DELETE ON message_search BEGIN
    INSERT INTO message_words (message_words, rowid, words) VALUES ('delete', OLD.number, OLD.words);
END

CREATE TRIGGER IF NOT EXISTS messages_search_new AFTER INSERT ON messages WHEN NEW.kind = 'message' BEGIN
    INSERT INTO message_search_due (message_id, changes) VALUES (NEW.id, 1)
    ON CONFLICT (message_id) DO UPDATE SET changes = changes + 1;
END

CREATE TRIGGER IF NOT EXISTS messages_search_changed AFTER UPDATE OF text, deleted_at ON messages
WHEN NEW.kind = 'message' AND (OLD.text <> NEW.text OR OLD.deleted_at IS NOT NEW.deleted_at) BEGIN
    INSERT INTO message_search_due (message_id, changes) VALUES (NEW.id, 1)
    ON CONFLICT (message_id) DO UPDATE SET changes = changes + 1;
END

CREATE TRIGGER IF NOT EXISTS messages_search_gone AFTER DELETE ON messages BEGIN
    DELETE FROM message_search WHERE message_id = OLD.id;
    DELETE FROM message_search_due WHERE message_id = OLD.id;
END

CREATE TRIGGER IF NOT EXISTS participants_search_new AFTER INSERT ON participants BEGIN
    INSERT INTO message_search_due (message_id, changes)
    SELECT id, 1 FROM messages WHERE conversation_id = NEW.conversation_id AND kind = 'message'
    ON CONFLICT (message_id) DO UPDATE SET changes = changes + 1;
END
"""
_POSTGRESQL: Final = """
CREATE INDEX ix_message_search_words ON message_search USING gin (words)

CREATE FUNCTION message_search_message() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO message_search_due AS d (message_id, changes) VALUES (NEW.id, 1)
    ON CONFLICT (message_id) DO UPDATE SET changes = d.changes + 1;
    RETURN NULL;
END $$

CREATE FUNCTION message_search_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM message_search WHERE message_id = OLD.id;
    DELETE FROM message_search_due WHERE message_id = OLD.id;
    RETURN NULL;
END $$

CREATE FUNCTION message_search_participant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO message_search_due AS d (message_id, changes)
    SELECT id, 1 FROM messages WHERE conversation_id = NEW.conversation_id AND kind = 'message'
    ON CONFLICT (message_id) DO UPDATE SET changes = d.changes + 1;
    RETURN NULL;
END $$

CREATE TRIGGER messages_search_new AFTER INSERT ON messages
FOR EACH ROW WHEN (NEW.kind = 'message') EXECUTE FUNCTION message_search_message()

CREATE TRIGGER messages_search_changed AFTER UPDATE OF text, deleted_at ON messages
FOR EACH ROW WHEN (NEW.kind = 'message'
    AND (OLD.text <> NEW.text OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at))
EXECUTE FUNCTION message_search_message()

CREATE TRIGGER messages_search_gone AFTER DELETE ON messages
FOR EACH ROW EXECUTE FUNCTION message_search_gone()

CREATE TRIGGER participants_search_new AFTER INSERT ON participants
FOR EACH ROW EXECUTE FUNCTION message_search_participant()
"""


def create(connection: Connection) -> None:
    """What the migrations cannot say of the index: its words and triggers. Nothing where they are already."""
    known = inspect(connection)
    if not known.has_table(search.name):
        return
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite and any(each["name"] == "ix_message_search_words" for each in known.get_indexes(search.name)):
        return
    for statement in (_SQLITE if is_sqlite else _POSTGRESQL).strip().split("\n\n"):
        connection.exec_driver_sql(statement)
