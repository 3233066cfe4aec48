"""Killed while it deletes what is no longer kept, and while somebody is typing: it goes on, and nothing comes again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deskbridge.accounts.model import Role
from deskbridge.app import open_desk
from deskbridge.conversations.retention import TOGETHER
from deskbridge.conversations.sending import Sending, send_all
from deskbridge.conversations.service import start
from deskbridge.conversations.writing import Written
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Platform
from deskbridge.settings import Settings
from deskbridge.storage.schema import new_id
from support.agents import Agent, Feed
from support.builders import make_account, make_user
from support.clock import Clock
from support.errands import PATIENCE
from support.product import Product, on_its_own_port
from support.servers import Nats, Postgres

OLD = 12 * TOGETHER + 1
"""Messages: more than are gone before the process is."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The product listens on a port of its own, as it is killed and started again."""
    return on_its_own_port(settings)


@pytest.fixture
def others(machines: str, request: pytest.FixtureRequest) -> list[Postgres | Nats]:
    """What the product stands on, where these are programs of their own."""
    if machines == "one machine":
        return []
    return [request.getfixturevalue("postgres"), request.getfixturevalue("nats")]


@pytest.fixture
async def conversation(settings: Settings, clock: Clock) -> str:
    """Anne and Ben talked much, by a clock that is behind by many days."""
    async with open_desk(settings, clock) as desk:
        account = await make_account(desk)
        anne = await make_user(desk, account, "Anne Baker")
        ben = await make_user(desk, account, "Ben Carter")
        await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN, licenses=frozenset())
        async with desk.db.transaction() as tx:
            person = await directory_store.find_person_of_user(tx.connection, account.id, ben.id)
            assert person is not None
            begun = await start(tx, anne, person.id, Platform.CONTACT_CENTER, clock())
        for first in range(0, OLD, TOGETHER):
            said = [Written(new_id(), f"old {number}") for number in range(first, min(first + TOGETHER, OLD))]
            async with desk.db.transaction() as tx:
                await send_all(tx, [Sending(anne, begun.id, each) for each in said], clock())
    return begun.id


@pytest.fixture
async def product(
    settings: Settings, tmp_path: Path, conversation: str, others: list[Postgres | Nats]
) -> AsyncIterator[Product]:
    """It runs once all that was said."""
    assert conversation
    product = Product(settings, int(settings.public_url.rpartition(":")[2]), tmp_path / "product.log", others)
    await product.start()
    yield product
    product.end()


@pytest.fixture
async def people(settings: Settings, product: Product) -> AsyncIterator[dict[str, Agent]]:
    """Each at a browser."""
    assert product
    found = {name: Agent(settings.public_url) for name in ("anne", "ben", "dana")}
    for name, browser in found.items():
        await browser.sign_in(name)
    yield found
    for browser in found.values():
        await browser.http.aclose()


def is_deletion(frame: Any) -> bool:
    """Something is no longer kept."""
    return bool(frame["type"] == "event" and frame["event"]["type"] == "messages_deleted")


def is_sign(frame: Any) -> bool:
    """Somebody is typing."""
    return bool(frame["type"] == "typing")


async def welcomed(live: Feed) -> None:
    """From here on the browser is live."""
    await live.until(lambda frame: frame["type"] == "welcome")


async def deletions(dana: Agent) -> list[Any]:
    """What the audit log says of them, once there is something."""
    for _ in range(PATIENCE):
        log = (await dana.call("GET", "/admin/audit", params={"limit": 200}))["entries"]
        if found := [each["detail"] for each in log if each["action"] == "messages_deleted"]:
            return found
        await asyncio.sleep(0.05)
    raise TimeoutError("the run does not come to its end")


@pytest.mark.timeout(180)
async def test_it_deletes_exactly_what_it_must_and_counts_it_once(
    people: dict[str, Agent], product: Product, conversation: str
) -> None:
    anne, dana = people["anne"], people["dana"]
    young = [(await anne.send(conversation, f"young {number}"))["text"] for number in range(3)]
    async with anne.live() as live:
        await welcomed(live)
        await dana.call("PUT", "/admin/account", json={"keep_messages_days": 30})
        await live.until(is_deletion)
        await product.kill()

    (told,) = await deletions(dana)
    assert (told["messages"], told["conversations"]) == (str(OLD), "1")
    assert [each["text"] for each in await anne.messages(conversation)] == young


@pytest.mark.timeout(180)
@pytest.mark.parametrize("machines", ["one machine"], indirect=True)
async def test_nobody_is_told_again_that_somebody_was_typing(
    people: dict[str, Agent], product: Product, conversation: str
) -> None:
    anne, ben = people["anne"], people["ben"]
    async with anne.live() as annes, ben.live() as bens:
        await welcomed(annes)
        await welcomed(bens)
        await bens.say({"type": "typing", "conversation_id": conversation})
        sign = await annes.until(is_sign)
        version = (await anne.snapshot())["version"]
        await product.kill()
    # What her browser shows ends by itself after so long, whoever is there to say so.
    assert sign["seconds"] == 6
    async with anne.live(version) as annes:
        await welcomed(annes)
        await annes.say({"type": "ping", "version": version})
        await annes.until(lambda frame: frame["type"] == "pong")
        assert not any(map(is_sign, annes.seen))
