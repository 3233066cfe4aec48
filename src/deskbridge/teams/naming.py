"""Whom an outgoing message names, as Microsoft knows them (facts.md 6.2)."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.conversations.safe_html import mentioned
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import PersonId, Platform
from deskbridge.teams.outgoing import Named
from deskbridge.teams.store import people
from deskbridge.teams.store.chats import Link


async def named_in(connection: AsyncConnection, link: Link, html: str) -> dict[str, Named]:
    """By the ids in the message; who has no account in Teams is not among them."""
    wanted = [PersonId(each) for each in mentioned(html)]
    if not wanted:
        return {}
    persons = await directory_store.find_persons(connection, link.account_id, wanted)
    accounts = {each: person.identity_on(Platform.TEAMS) for each, person in persons.items()}
    known = await people.find_by_identities(connection, [each.id for each in accounts.values() if each])
    ids = {each.identity_id: each.microsoft_user_id for each in known}
    return {
        person_id: Named(ids[account.id], account.display_name)
        for person_id, account in accounts.items()
        if account and account.id in ids
    }
