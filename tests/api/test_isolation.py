"""Every route, walked with the ids of one Account by an admin of another, and by a colleague who may do little.

Where `test_strangers.py` says how each is refused, this looks at what comes back, at what is left, and at what was
asked of the database: not one word of theirs in any answer, not one row of theirs found or changed, in any table.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable

import pytest

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import AccountId, License, Role
from deskbridge.api.desk import Desk
from deskbridge.app import create_app
from deskbridge.settings import ProcessRole, Settings
from deskbridge.storage.schema import metadata
from support.agents import Agent
from support.builders import make_account, make_user
from support.rows import everything, fill
from support.servers import serving
from support.statements import BY_ITSELF, OF_NOBODY, SAYS_WHOSE, is_scoped, recorded, touched
from support.strangers import (
    FOUND_AND_THEN_REFUSED,
    MARK,
    expecting_nothing_of,
    of,
    private,
    something_of_everything,
)
from support.walking import AnyId, walk

Browsers = Callable[[], Agent]
WITHOUT_ACCOUNT = {
    "FROM users WHERE users.username_key =": "signing in: usernames are unique over all Accounts",
    "FROM users WHERE users.id": "who asks, or somebody whose Account is compared before anything is said or done",
    "UPDATE users SET": "who asks, or whom Managing.find has found in the admin's Account",
    "FROM conversations WHERE conversations.id =": "asked after it is known that they take part in it",
    "UPDATE conversations SET": "locked after it is known that they take part in it",
    "FROM identities WHERE identities.user_id": "the Identities of a User who was found before",
    "FROM identities WHERE identities.id IN": "found among those of the Account before",
    "SELECT identities.person_id FROM identities WHERE identities.id": "of Identities just changed in the Account",
    "SELECT identities.id FROM identities WHERE identities.person_id": "of Persons just changed in the Account",
    "deliveries.state = 'queued' AND deliveries.sender_user_id": "of a User whom Managing.find has found",
    "DELETE FROM sso_subjects WHERE sso_subjects.user_id": "of a User whom Managing.find has found",
    "FROM identities WHERE identities.person_id IN": "of Persons of a User whom Managing.find has found",
    "UPDATE identities SET": "of a User who was found before",
    "SELECT persons.id FROM persons WHERE persons.merged_into": "of Persons just changed in the Account",
    "identity_addresses.identity_id": "of Identities found in the Account before",
    "FROM persons WHERE persons.id IN": "found in the Account, or in a conversation of the one who asks",
    "UPDATE persons SET": "locked in the Account before",
    "WHERE teams_connections.user_id =": "the connection of the one who asks",
    "DELETE FROM open_matches WHERE open_matches.identity_id IN": "of Identities found in the Account before",
    "directory_segments WHERE directory_segments.id": "found in the Account before",
    "UPDATE directory_segments SET": "found in the Account before",
    "FROM directory_standings WHERE directory_standings.person_id": "of Persons just changed in the Account",
    "FROM files WHERE files.id": "whose conversation and author are compared before anything is said or done",
    "UPDATE files SET": "locked before, as files of the one who sends them",
    "FROM messages WHERE messages.refers_to": "of a message in a conversation of the one who asks",
    "FROM messages WHERE messages.id": "found in a conversation of the one who asks, or compared with it",
    "UPDATE messages SET": "found in a conversation of the one who asks",
    "FROM password_links WHERE password_links.secret_hash": "by 256 random bits that only its owner has",
    "FROM message_search_due LIMIT": "what the index lacks; the messages are then read by their conversations",
}
"""Parts of statements that name nobody whose rows they are about, and why that leads nowhere else."""
OF_COLLEAGUES = {"accounts", "identities", "persons", "users"}
"""Tables with what everybody in an Account may see: who else is there."""


@pytest.fixture
async def desk(settings: Settings, listening: socket.socket) -> AsyncIterator[Desk]:
    """As `serve --role web`: what is done in the background is looked at in `tests/teams/test_nothing_of_others.py`."""
    app = create_app(settings, ProcessRole.WEB)
    async with serving(app, listening):
        yield app.state.desk


@pytest.fixture
async def ids(desk: Desk, browser_of: Browsers) -> dict[str, str]:
    """Something of everything, in the Account that is not to be seen."""
    return await something_of_everything(desk, browser_of())


@pytest.mark.parametrize(
    ("role", "licenses"),
    [(Role.ADMIN, frozenset({License.CONTACT_CENTER, License.WORK})), (Role.AGENT, frozenset({License.WORK}))],
)
async def test_nothing_of_another_account_is_told_found_or_changed(
    desk: Desk, browser_of: Browsers, ids: dict[str, str], role: Role, licenses: frozenset[License]
) -> None:
    await fill(desk.db, ids, MARK)
    theirs = await everything(desk.db)
    assert {name for name, rows in theirs.items() if not rows} == set()
    ours = private(theirs)
    await make_user(desk, await make_account(desk, teams_chat=True), "Mallory Else", licenses, role)
    mallory = browser_of()
    await mallory.sign_in("mallory")
    with expecting_nothing_of(ours, FOUND_AND_THEN_REFUSED):
        for route, status, text in await walk(mallory, AnyId(ids)):
            assert MARK not in text, route
            assert status < 500 or "microsoft" in text or "sign-in service" in text, (route, text)
    assert of(await everything(desk.db), ours) == of(theirs, ours)


async def test_every_statement_names_whose_rows_it_is_about(
    desk: Desk, browser_of: Browsers, ids: dict[str, str]
) -> None:
    """Whatever a request has executed on rows of Accounts says of which Account, or is known for a reason."""
    alice, mallory = browser_of(), browser_of()
    await make_user(desk, await make_account(desk, teams_chat=True), "Mallory Else", role=Role.ADMIN)
    await alice.sign_in("alice")
    await mallory.sign_in("mallory")
    with recorded() as statements:
        for browser in (alice, mallory):
            # Not oneself, whose session would end on the way.
            await walk(browser, AnyId(ids | {"user_id": ids["colleague_id"]}))
    assert len(statements) > 100
    unscoped = {each for each in statements if touched(each) and not is_scoped(each)}
    unknown = {each for each in unscoped if not any(words in each for words in WITHOUT_ACCOUNT)}
    assert unknown == set()
    unused = {words for words in WITHOUT_ACCOUNT if not any(words in each for each in unscoped)}
    assert unused == set()


async def test_a_lesser_role_finds_nothing_of_what_others_say_or_administer(
    desk: Desk, browser_of: Browsers, ids: dict[str, str]
) -> None:
    """Cleo is a colleague: she may see who is in the directory, and nothing of what is none of her business."""
    account_id = AccountId(ids["account_id"])
    async with desk.db.read() as connection:
        account = await accounts_store.find_account(connection, account_id)
    assert account is not None
    await fill(desk.db, ids, MARK)
    before = await everything(desk.db)
    ours = private({name: rows for name, rows in before.items() if name not in OF_COLLEAGUES})
    ours -= private({name: rows for name, rows in before.items() if name in OF_COLLEAGUES}) | {MARK}
    await make_user(desk, account, "Cleo Curious", frozenset({License.WORK}), Role.NONE)
    cleo = browser_of()
    await cleo.sign_in("cleo")
    before = await everything(desk.db)
    with expecting_nothing_of(ours, FOUND_AND_THEN_REFUSED):
        for route, status, text in await walk(cleo, AnyId(ids)):
            assert not any(each in text for each in ours), route
            assert status < 500 or "sign-in service" in text, (route, text)
    assert of(await everything(desk.db), ours) == of(before, ours)


def test_every_table_says_whose_rows_it_holds_or_why_not() -> None:
    for name, columns in SAYS_WHOSE.items():
        assert columns, f"Say in tests/support/statements.py whose the rows of {name} are."
    assert set(OF_NOBODY) | set(BY_ITSELF) <= set(metadata.tables)
