"""What is done in the background for one Account finds and changes nothing of another, be it in the same tenant.

Requests are walked in `tests/api/test_isolation.py`. Here Ben of another Account connects to the tenant that Anne is
connected to, writes to the same person, and all that works by itself works for him, while nothing is due for her.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from deskbridge.accounts.model import Role
from deskbridge.app import keep_what_is_kept
from deskbridge.operating import keys
from deskbridge.storage.schema import metadata
from deskbridge.teams.crypto import CannotDecrypt, key_file
from deskbridge.teams.store.connections import connections
from deskbridge.teams.tokens import place_of_tokens
from support.agents import Agent
from support.builders import make_account, make_user
from support.rows import everything
from support.statements import is_scoped, recorded, touched
from support.strangers import expecting_nothing_of, of, private
from teams.office import BEN, ROBIN, Office
from teams.screen import pass_time, screen_of, set_in_teams
from teams.test_changing import settled
from teams.test_files import allowed, switch
from teams.test_files import give as give_file
from teams.test_files import send as send_files
from teams.test_pictures_sent import give as give_picture
from teams.test_pictures_sent import sends as send_html
from teams.test_pictures_sent import showing

DAY = 86_400
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OF_AN_ACCOUNT = {name for name, table in metadata.tables.items() if "account_id" in table.columns}
WITHOUT_ACCOUNT = {
    "FROM users WHERE users.username_key =": "signing in: usernames are unique over all Accounts",
    "users WHERE users.id": "whose work it is",
    "UPDATE users SET": "whose password or status it is",
    "FROM users JOIN accounts": "whose status Microsoft does not know yet: each is then worked for by itself",
    "WHERE conversations.id": "of the chats or the message that are worked on",
    "UPDATE conversations SET": "of the chat or the message that is worked on",
    "JOIN conversations ON conversations.id = deliveries.conversation_id": "of the deliveries that are worked on",
    "UPDATE imports SET": "the import that is worked on",
    "FROM imports WHERE imports.state =": "which Accounts have one that runs: each is then worked for by itself",
    "FROM presence_watched WHERE presence_watched.process_id": "whom the tabs of one process show, written anew",
    "UPDATE teams_watches SET": "of Identities that are watched in the Account that is worked for",
    "FROM teams_connections WHERE teams_connections.user_id IN": "of subscriptions whose secret was proved",
    "UPDATE teams_users SET": "found in the Account before",
    "identities WHERE identities.id": "found in the Account before",
    "FROM identities WHERE identities.person_id": "of Persons just changed in the Account",
    "FROM identities WHERE identities.user_id": "of Users found in the Account before",
    "UPDATE identities SET": "found in the Account before",
    "FROM identity_addresses WHERE identity_addresses.identity_id": "of Identities found in the Account before",
    "FROM open_matches WHERE open_matches.identity_id": "of Identities found in the Account before",
    "persons WHERE persons.id": "locked in the Account before",
    "FROM persons WHERE persons.merged_into": "of Persons just changed in the Account",
    "UPDATE persons SET": "locked in the Account before",
    "directory_segments WHERE directory_segments.id": "found in the Account before",
    "UPDATE directory_segments SET": "found in the Account before",
    "FROM teams_chats WHERE teams_chats.sync_asked >": "whose chats are to be read: each then by itself",
    "FROM teams_chats WHERE teams_chats.unheard_since <": "whose chats were not told of: each then by itself",
    "FROM teams_chats WHERE teams_chats.chat_id": "what Microsoft tells of; its User is compared",
    "FROM teams_chats WHERE teams_chats.conversation_id =": "of the conversation that is worked on",
    "teams_chats WHERE teams_chats.id": "the chat that is worked on",
    "FROM teams_chats WHERE teams_chats.user_id =": "of the User whose work it is",
    "UPDATE teams_chats SET": "the chat that is worked on, or those of the User",
    "FROM teams_connections WHERE teams_connections.tenant_id =": "C9: connected at most once, over all Accounts",
    "teams_connections WHERE teams_connections.user_id =": "of the User whose work it is",
    "UPDATE teams_connections SET": "of the User whose work it is",
    "FROM teams_connections JOIN users": "who is connected: each is then worked for by itself",
    "FROM teams_statuses WHERE teams_statuses.user_id": "of the User whose work it is",
    "FROM teams_users WHERE teams_users.identity_id": "of Identities found in the Account before",
}
"""Parts of statements that name no Account, and why that leads to no other."""
FOUND = {
    "FROM accounts ORDER BY accounts.name": "all Accounts, each of which is then worked for by itself",
    "FROM imports WHERE imports.account_id = ": "of each Account: whether its nightly import is due",
}


async def a_day_of_work(office: Office, username: str) -> None:
    """Connected, said and answered, with a picture, a file, an edit, a reaction and a deletion."""
    await office.connect(username)
    await office.chat_with("robin")
    first = await office.write("Hello Robin")
    await office.work()
    await office.in_teams(ROBIN, "Hello to you", to=username)
    await office.work()
    given = await give_picture(office.anne, office.conversation)
    await send_html(office, showing(given))
    file = await give_file(office.anne, office.conversation)
    await send_files(office, file, text="My file")
    await office.work()
    await office.act("PATCH", first, text="Hello dear Robin")
    theirs = next(each["id"] for each in await office.here() if each["text"] == "Hello to you")
    await office.act("PUT", theirs, "reaction", reaction="🎉")
    await office.work()
    await office.act("DELETE", first)
    await settled(office, 60)


async def seen_meanwhile(office: Office) -> None:
    """Somebody in Teams is looked at: read, subscribed to, and told of."""
    async with screen_of(office) as screen:
        await screen.look_at("robin")
        await screen.until("Robin Hale", "busy")
        await pass_time(office, 3)
        await set_in_teams(office, ROBIN, "Available")
        await screen.until("Robin Hale", "available", live=True)


async def the_other(office: Office, browser_of: Callable[[], Agent]) -> Office:
    """Ben and his admin in an Account of their own, with the same tenant behind it."""
    desk = office.desk
    account = await make_account(desk, teams_chat=True, tenant_id=office.sim.info["tenant_id"])
    ben = await make_user(desk, account, "Ben Okafor")
    await make_user(desk, account, "Mia Ross", role=Role.ADMIN, licenses=frozenset())
    agents = browser_of(), browser_of()
    await agents[0].sign_in("ben")
    await agents[1].sign_in("mia")
    return Office(desk, office.sim, office.clock, account, (ben, agents[0]), agents[1])


async def test_nothing_of_another_account_is_found_or_changed(office: Office, browser_of: Callable[[], Agent]) -> None:
    await switch(office)
    await allowed(office, "Files.ReadWrite")
    await a_day_of_work(office, "anne@contoso.example")
    await office.dana.call("PUT", "/admin/imports/settings", json={"at": None})
    # What her connecting has woken.
    await office.desk.connector.presence.settle()
    theirs = await everything(office.desk.db)
    of_microsoft = {office.sim.info["tenant_id"], *(each["id"] for each in (await office.sim.get("/users"))["value"])}
    ours = {each for each in private(theirs) if UUID.fullmatch(each)} - of_microsoft
    ours -= {row[0] for row in theirs["teams_certificates"]}
    with recorded() as statements, expecting_nothing_of(ours, FOUND):
        other = await the_other(office, browser_of)
        await switch(other)
        await other.desk.connector.importer.run_once(other.account.id)
        await a_day_of_work(other, BEN)
        await seen_meanwhile(other)
        await other.dana.call("POST", f"/admin/users/{other.user.id}/disconnect")
        await other.work()
    assert of(await everything(office.desk.db), ours) == of(theirs, ours)
    await other.dana.call("PUT", "/admin/account", json={"keep_messages_days": 30})
    office.excused.add("missed-renewal")
    await office.pass_time(31 * DAY)
    theirs = await everything(office.desk.db)
    with recorded() as later, expecting_nothing_of(ours, FOUND):
        await keep_what_is_kept(office.desk).settle()
        await office.desk.connector.imports.settle()
    assert of(await everything(office.desk.db), ours) == of(theirs, ours)
    await other.dana.sign_in("mia")
    by_hand_and_at_night = await other.dana.call("GET", "/admin/imports")
    assert [each["state"] for each in by_hand_and_at_night] == ["done", "done"]
    unscoped = {each for each in statements | later if touched(each) & OF_AN_ACCOUNT and not is_scoped(each)}
    unknown = {each for each in unscoped if not any(words in each for words in WITHOUT_ACCOUNT)}
    assert not unknown, "\n".join(sorted(unknown))
    unused = {words for words in WITHOUT_ACCOUNT if not any(words in each for each in unscoped)}
    assert unused == set()


async def test_other_keys_change_what_is_locked_and_nothing_else(
    office: Office, browser_of: Callable[[], Agent]
) -> None:
    await office.connect()
    other = await the_other(office, browser_of)
    await other.connect(BEN)
    its, db = office.desk.settings, office.desk.db
    vault, said = office.desk.connector.vault, list[str]()

    async def opened() -> dict[str, bytes]:
        async with db.read() as connection:
            rows = (await connection.execute(select(connections.c.user_id, connections.c.token_cache))).all()
        return {user_id: vault.decrypt(stored, place_of_tokens(user_id)) for user_id, stored in rows}

    before, secrets = await everything(db), await opened()
    assert set(secrets) == {office.user.id, other.user.id}
    await keys.rotate(db, vault, key_file(its.secret_key_file, its.data_dir), said.append)

    after = await everything(db)
    assert await opened() == secrets
    # Sealed anew is what is sealed, in either Account; whoever it belongs to is as it was.
    differing = {name for name in before if before[name] != after[name]}
    assert differing == {"teams_certificates", "teams_connections"}
    for name in differing:
        plain = [[each for each in row if not isinstance(each, bytes)] for row in before[name]]
        assert sorted(map(repr, plain)) == sorted(
            repr([each for each in row if not isinstance(each, bytes)]) for row in after[name]
        )
    # What one User's tokens are is opened in no other's place.
    async with db.read() as connection:
        stored = await connection.scalar(
            select(connections.c.token_cache).where(connections.c.user_id == other.user.id)
        )
    with pytest.raises(CannotDecrypt):
        vault.decrypt(stored or b"", place_of_tokens(office.user.id))
