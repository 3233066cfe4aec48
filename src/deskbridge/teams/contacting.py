"""Who of the directory's Teams users may be contacted, as the Account's policy says."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.model import Account, AccountId
from deskbridge.conversations import store as conversations_store
from deskbridge.conversations.model import ConversationId
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import IdentityId, Person, Platform
from deskbridge.errors import ContactNotAllowed
from deskbridge.teams.store import people


async def list_refusals(
    connection: AsyncConnection, account: Account, persons: Iterable[Person]
) -> dict[IdentityId, str]:
    """Those of these people's Teams identities that may not be contacted, and why."""
    if account.contact_policy.is_for_everyone:
        return {}
    theirs = [identity for each in persons if (identity := each.identity_on(Platform.TEAMS))]
    known = {
        each.identity_id: each for each in await people.find_by_identities(connection, [each.id for each in theirs])
    }
    found: dict[IdentityId, str] = {}
    for identity in theirs:
        user = known.get(identity.id)
        addresses = (identity.address, user.username if user else None)
        why = account.contact_policy.why_not(addresses, is_guest=user is not None and user.is_guest)
        if why is not None:
            found[identity.id] = why
    return found


async def require_allowed(connection: AsyncConnection, account: Account, person: Person) -> None:
    """Raises ContactNotAllowed for somebody whose Teams account may not be contacted."""
    refusals = await list_refusals(connection, account, [person])
    for why in refusals.values():
        raise ContactNotAllowed(why)


async def why_not_in(connection: AsyncConnection, account_id: AccountId, conversation_id: ConversationId) -> str | None:
    """Why nothing more may be said in Teams to whom that conversation is with; None where it may."""
    account = await accounts_store.find_account(connection, account_id)
    if account is None or account.contact_policy.is_for_everyone:
        return None
    conversation = await conversations_store.find_conversation(connection, conversation_id)
    person = await directory_store.find_person(connection, account_id, conversation.person_id) if conversation else None
    refusals = await list_refusals(connection, account, [person]) if person else {}
    return next(iter(refusals.values()), None)
