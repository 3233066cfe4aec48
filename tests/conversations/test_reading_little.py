"""What is done for each message reads what it is about, however much there is of everybody else."""

from __future__ import annotations

from uuid import uuid4

import pytest

from deskbridge.accounts import session_store
from deskbridge.accounts.session_store import SessionId
from deskbridge.conversations import search_store, store
from deskbridge.conversations.model import ConversationId
from deskbridge.conversations.sending import Sending, send_all
from deskbridge.conversations.writing import Written
from deskbridge.directory.model import Platform
from deskbridge.health.store import queues
from deskbridge.storage.database import Database, Transaction
from deskbridge.storage.shared import AtOnce
from support.clock import Clock
from support.statements import heard
from support.talk import Office


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_a_message_is_stored_and_indexed_without_reading_whole_tables(
    office: Office, db: Database, clock: Clock
) -> None:
    talk = await office.talk()
    said = Sending(office.agent, talk.id, Written(str(uuid4()), "Your invoice is on its way."))

    async def work(tx: Transaction) -> list[str]:
        assert isinstance(tx.connection, AtOnce)
        ran: list[str] = []
        tx.connection.driver.set_trace_callback(ran.append)
        try:
            await session_store.find_holders(tx.connection, [SessionId("no such session")], clock())
            await send_all(tx, [said], clock())
            taken = await search_store.take_due(tx.connection, 10)
            await search_store.replace(tx.connection, list(taken), [each for each in taken.values() if each])
        finally:
            tx.connection.driver.set_trace_callback(None)
        statements = [each for each in ran if not each.startswith("--")]
        assert len(statements) > 10
        return [
            f"{row[3]} in {each}"
            for each in statements
            for row in tx.connection.driver.execute(f"EXPLAIN QUERY PLAN {each}")
        ]

    steps = await db.perform(work)

    # What is given, some of what is due, whatever it is, and what FTS5 does for itself.
    small = ("SCAN json_each", "SCAN message_search_due", "SCAN main.message_words_config")
    assert [each for each in steps if each.startswith("SCAN") and not each.startswith(small)] == []
    assert [each for each in steps if "account_id=?)" in each and "persons" in each.split(" in ")[0]] == []


@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_what_waits_is_found_in_an_index_of_what_waits(db: Database) -> None:
    """As the statements are prepared, before anything is known of what they are given."""
    asked: list[tuple[str, int]] = []

    async def ask(tx: Transaction) -> list[str]:
        await store.list_queued_conversations(tx.connection, Platform.TEAMS)
        await store.list_queued(tx.connection, ConversationId("none"), Platform.TEAMS)
        await queues(tx.connection, None)
        assert isinstance(tx.connection, AtOnce)
        run = tx.connection.driver.execute
        return [
            step[3]
            for said, count in asked
            for step in run(f"EXPLAIN QUERY PLAN {said}", [None] * count)
            if " deliveries" in step[3]
        ]

    with heard(lambda said, *_: asked.append((said, said.count("?"))) if "FROM deliveries" in said else None):
        steps = await db.perform(ask)

    assert len(steps) == 3
    assert all("ix_deliveries_queue" in each for each in steps), steps
