"""Looking for what somebody has found of others: in the database, and in what came back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user
from support.rows import Rows
from support.statements import SAYS_WHOSE, heard, in_a_line

FOUND_AND_THEN_REFUSED = {
    "FROM message_search_due LIMIT": "what the index lacks; the messages are then read by their conversations",
}
"""Parts of statements that do find what is another's, and what then comes of it."""
MARK = "Zyx"
"""In every name, address and message of the Account that is walked around in, and nowhere else."""


def private(rows: Rows) -> set[Any]:
    """Ids, hashes and whatever else is nobody's but theirs."""
    said = {value for name in SAYS_WHOSE for row in rows.get(name, []) for value in row if isinstance(value, str)}
    # All have the same password.
    return {each for each in said if (MARK in each or len(each) >= 32) and not each.startswith("$argon2")}


def of(rows: Rows, values: set[Any]) -> Rows:
    """The rows that hold one of these values; but for whom a stranger said to watch, in their own Account."""
    kept = {name: each for name, each in rows.items() if name != "presence_watched"}
    return {name: [row for row in each if not values.isdisjoint(row)] for name, each in kept.items()}


@contextlib.contextmanager
def expecting_nothing_of(values: set[Any], known: dict[str, str]) -> Iterator[None]:
    """Whatever is asked of the database while the block lasts, nothing that it finds holds one of these values."""
    found: set[str] = set()

    def listen(statement: str, given: Any, find: Any) -> None:
        if any(isinstance(each, str) and each in values for row in find() for each in row):
            found.add(in_a_line(statement))

    with heard(listen):
        yield
    surprising = {each for each in found if not any(words in each for words in known)}
    assert not surprising, surprising


async def something_of_everything(desk: Desk, browser: Agent) -> dict[str, str]:
    """Something of everything, in the Account that is not to be seen; `alice` is an admin and an agent of it."""
    account = await make_account(desk, teams_chat=True)
    alice = await make_user(desk, account, f"Alice {MARK}", role=Role.ADMIN)
    colleague = await make_user(desk, account, f"Bob {MARK}")
    await browser.sign_in("alice")
    bob = await browser.find("bob")
    conversation = await browser.start(bob["id"])
    message = await browser.send(conversation["id"], f"{MARK} says hello")
    mine = (await browser.snapshot())["my_person_id"]
    ids = {
        "user_id": alice.id,
        "colleague_id": colleague.id,
        "my_person_id": mine,
        "person_id": bob["id"],
        "match_id": bob["id"],
        "q": "bob",
    }
    ids |= dict.fromkeys(("identity_id", "one", "other"), bob["identities"][0]["id"])
    ids |= {"conversation_id": conversation["id"], "message_id": message["id"]}
    return ids | dict.fromkeys(("import_id", "account_id"), account.id)
