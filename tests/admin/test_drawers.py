"""The key with which browsers seal what they keep of a user: who gets it, and who never sees it (decision 0035)."""

from __future__ import annotations

import asyncio
import io
import logging
from base64 import b64decode
from collections.abc import Callable

import structlog
from sqlalchemy import select

from deskbridge.accounts.drawer_store import drawer_keys
from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from deskbridge.operating import keys, sealed
from deskbridge.teams.crypto import key_file
from support.agents import Agent
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]


async def key_in(browser: Agent) -> str:
    """What the workspace of that browser seals with."""
    return str((await browser.snapshot())["drawer_key"])


async def stored(desk: Desk) -> list[bytes]:
    """As the database has them."""
    async with desk.db.read() as connection:
        return list((await connection.scalars(select(drawer_keys.c.secret))).all())


async def test_each_user_has_one_of_their_own_in_all_their_browsers(desk: Desk, browser_of: Browsers) -> None:
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter", role=Role.ADMIN)
    await make_user(desk, await make_account(desk), "Mallory Else")
    laptop, phone, ben, mallory = (browser_of() for _ in range(4))
    for browser, name in ((laptop, "anne"), (phone, "anne"), (ben, "ben"), (mallory, "mallory")):
        await browser.sign_in(name)

    # Two tabs that open at the same moment, the first time.
    hers = set(await asyncio.gather(*(key_in(each) for each in (laptop, phone, laptop, phone))))
    assert len(hers) == 1
    assert len(b64decode(next(iter(hers)))) == 32
    assert len({*hers, await key_in(ben), await key_in(mallory)}) == 3

    # Neither another password nor the end of all sessions makes it another.
    new = {"password": "correct horse", "new_password": "purple giraffe"}
    await laptop.call("POST", "/me/password", json=new)
    await laptop.sign_in("anne", "purple giraffe")
    await laptop.call("POST", "/me/sessions/end", json={"password": "purple giraffe"})
    assert await laptop.refused("GET", "/workspace") == (401, "not_signed_in")
    await laptop.sign_in("anne", "purple giraffe")
    assert await key_in(laptop) in hers


async def test_it_is_in_no_log_no_cache_and_not_to_be_read_in_the_database(desk: Desk, browser_of: Browsers) -> None:
    anne = browser_of()
    await make_user(desk, await make_account(desk))
    out = io.StringIO()
    heard = logging.StreamHandler(out)
    logging.getLogger().addHandler(heard)
    try:
        with structlog.testing.capture_logs() as said:
            await anne.sign_in("anne")
            answer = await anne.http.get("/api/v1/workspace")
            structlog.get_logger("test").info("heard")
            logging.getLogger("library").warning("heard")
    finally:
        logging.getLogger().removeHandler(heard)

    key = answer.json()["drawer_key"]
    assert answer.headers["cache-control"] == "no-store"
    logged = repr(said) + out.getvalue()
    assert logged.count("heard") == 2
    for form in (key, repr(b64decode(key)), b64decode(key).hex()):
        assert form not in logged
    (secret,) = await stored(desk)
    assert b64decode(key) not in secret


async def test_another_key_of_the_installation_changes_nothing(desk: Desk, browser_of: Browsers) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    before, at_rest = await key_in(anne), await stored(desk)
    file = key_file(desk.settings.secret_key_file, desk.settings.data_dir)

    await keys.rotate(desk.db, desk.connector.vault, file, lambda _: None)
    await keys.forget_old(desk.db, desk.connector.vault, file, lambda _: None)

    assert await stored(desk) != at_rest
    assert await key_in(anne) == before


async def test_where_the_installations_key_is_lost_people_work_on_with_another(
    desk: Desk, browser_of: Browsers
) -> None:
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    before = await key_in(anne)
    file = key_file(desk.settings.secret_key_file, desk.settings.data_dir)
    file.path.unlink()
    file.create()
    (lost,) = [each.unreadable for each in await sealed.survey(desk.db, desk.connector.vault) if each.unreadable]
    assert lost == 1

    with structlog.testing.capture_logs() as said:
        after = await key_in(anne)
    assert after != before
    assert [each["event"] for each in said if each["log_level"] == "warning"] == ["drawer_key_replaced"]
    assert await key_in(anne) == after


async def test_it_goes_with_its_user(desk: Desk, browser_of: Browsers) -> None:
    account = await make_account(desk)
    gone = await make_user(desk, account)
    await make_user(desk, account, "Dana Ortiz", role=Role.ADMIN)
    anne, dana = browser_of(), browser_of()
    await anne.sign_in("anne")
    await key_in(anne)
    await dana.sign_in("dana")
    assert len(await stored(desk)) == 1

    await dana.call("DELETE", f"/admin/users/{gone.id}")

    assert await stored(desk) == []
