"""The whole API against its own description: whatever is sent by whomever, the answer is one that is described.

`pytest tests/api/test_contract.py --each 200` looks much longer.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import schemathesis

from deskbridge.accounts.model import License, Role
from deskbridge.api.desk import Desk
from deskbridge.api.schemas import schemas
from support.agents import Agent
from support.builders import make_account, make_user
from support.clock import Clock
from support.contract import Caller, cases

WAYS_IN = {"POST /api/v1/session", "GET /api/v1/set-up"}
GUARDS = {"bad_request", "invalid", "not_signed_in", "forbidden", "request_too_large"}


@pytest.fixture
def machines() -> str:
    """What is described is the same on both."""
    return "one machine"


@pytest.fixture
def product_clock(clock: Clock) -> Callable[[], datetime]:
    """So that who was locked out by wrong passwords gets in again."""
    return clock


@pytest.fixture
async def ids(desk: Desk, browser_of: Callable[[], Agent]) -> dict[str, str]:
    """Something of everything, and nobody's who is walking around; the names are those of parameters and fields."""
    account = await make_account(desk, teams_chat=True)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    await make_user(desk, account, "Sam Superior", role=Role.SUPERVISOR)
    await make_user(desk, account)
    await make_user(desk, account, "Cleo Curious", frozenset({License.WORK}), Role.NONE)
    vera = await make_user(desk, account, "Vera Victim", email="vera@else.example")
    anne = browser_of()
    await anne.sign_in("anne")
    person = await anne.find("vera")
    conversation = await anne.start(person["id"])
    message = await anne.send(conversation["id"], "Hello")
    async with desk.db.transaction() as tx:
        told = await desk.csv_importer.start(tx, account.id, b"username,name,email\n")
    identity = person["identities"][0]["id"]
    return {
        "text/csv": "username,name,email\nnew,New Person,new@else.example\n",
        "text": "Hello again",
        "locale": "de",
        "username": "dana",
        "email": "somebody@else.example",
        "password": "correct horse",
        "import_id": told.id,
        "user_id": vera.id,
        "person_id": person["id"],
        "conversation_id": conversation["id"],
        "message_id": message["id"],
        "reply_to": message["id"],
        **dict.fromkeys(("identity_id", "match_id", "one", "other"), identity),
    }


@pytest.mark.timeout(300)
async def test_whatever_is_sent_by_whomever_the_answer_is_as_described(
    desk: Desk, ids: dict[str, str], clock: Clock, pytestconfig: pytest.Config
) -> None:
    each: int = pytestconfig.getoption("--each")
    base = desk.settings.public_url
    description = schemathesis.openapi.from_dict(copy.deepcopy(schemas()["openapi.json"]))
    callers = [Caller(base, name, lambda: clock.move(minutes=6)) for name in ("dana", "sam", "anne", "cleo", None)]

    def walk() -> None:
        for caller in callers:
            caller.sign_in()
        for result in description.get_all_operations():
            operation: Any = result.ok()
            for sent in cases(operation, each, ids):
                for caller in callers:
                    caller.send(sent)

    await asyncio.to_thread(walk)

    assert [problem for caller in callers for problem in caller.wrong] == []
    *colleagues, stranger = callers
    assert set(stranger.seen) == operations()
    for label, outcomes in stranger.seen.items():
        assert not {"200", "201", "204"} & outcomes or label in WAYS_IN, (label, outcomes)
        # Somebody gets through to what the operation does, and not only to what guards it.
        assert set().union(*(each.seen[label] for each in colleagues)) - GUARDS, label


def operations() -> set[str]:
    """Every operation of the API."""
    paths = schemas()["openapi.json"]["paths"]
    return {f"{method.upper()} {path}" for path, each in paths.items() for method in each}
