"""The SQL of many chats at once: one statement for each question, however many chats and messages it is about.

Apart from `chats.py` and `inbox.py`, which are about one chat, by size and because this is what most of what Microsoft
tells goes through.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Integer, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskbridge.accounts.model import AccountId, UserId
from deskbridge.directory.model import PersonId
from deskbridge.directory.tables import identities
from deskbridge.storage.among import among, as_json, with_pairs
from deskbridge.storage.bulk import insert_rows
from deskbridge.storage.prepared import Prepared
from deskbridge.storage.schema import microseconds, moment_at
from deskbridge.teams.ids import ChatId, GraphMessageId, LinkId, MicrosoftUserId
from deskbridge.teams.store.chats import KnownMessage, Link, chats, link_from, messages
from deskbridge.teams.store.inbox import Item, inbox, item_from
from deskbridge.teams.store.people import users
from deskbridge.teams.store.subscriptions import SubscriptionRow, row_of, subscriptions

_CHATS: Final = select(chats).where(among(chats.c.id)).order_by(chats.c.id)
_FIND: Final = Prepared(_CHATS)
_LOCK: Final = Prepared(_CHATS.with_for_update())
_OURS: Final = Prepared(
    select(chats.c.id, chats.c.user_id, chats.c.chat_id).where(
        among(chats.c.chat_id), or_(chats.c.since.is_not(None), chats.c.attempt_delivery_id.is_not(None))
    )
)
_SUBSCRIPTIONS: Final = Prepared(select(subscriptions).where(among(subscriptions.c.id)))
_HEARD: Final = Prepared(update(chats).where(among(chats.c.id)).values(unheard_since=None))
# Which come first is found in the index of lanes: all that waits would be read for it otherwise, with all its content.
_FIRST: Final = (
    select(inbox.c.id).where(among(inbox.c.link_id)).order_by(inbox.c.id).limit(bindparam("at_most", type_=Integer))
)
_ITEMS: Final = Prepared(select(inbox).where(inbox.c.id.in_(_FIRST)).order_by(inbox.c.id))
_STILL_THERE: Final = Prepared(select(inbox.c.id).where(among(inbox.c.id)))
_REMOVE: Final = Prepared(delete(inbox).where(among(inbox.c.id)))
_PERSONS: Final = Prepared(
    select(users.c.microsoft_user_id, identities.c.person_id)
    .join(identities, identities.c.id == users.c.identity_id)
    .where(
        users.c.account_id == bindparam("account_id"),
        users.c.account_id == identities.c.account_id,
        among(users.c.microsoft_user_id),
    )
)
_KNOWN: Final = Prepared(
    with_pairs(
        "SELECT link_id, graph_message_id, message_id, created_at, modified_at, digest "
        "FROM {pairs} CROSS JOIN teams_messages "
        "WHERE link_id = one AND graph_message_id = two"
    )
)


async def find_all(
    connection: AsyncConnection, link_ids: Collection[LinkId], *, lock: bool = False
) -> dict[LinkId, Link]:
    """Those links; locked in order of their ids, so that two who lock several cannot lock up."""
    rows = await (_LOCK if lock else _FIND).all(connection, {"ids": as_json(link_ids)})
    return {row.id: link_from(row) for row in rows}


async def find_links(
    connection: AsyncConnection, wanted: Collection[tuple[UserId, ChatId]]
) -> dict[tuple[UserId, ChatId], LinkId]:
    """Which of these chats belong to a Conversation of that User in which our first message was at least begun (H4)."""
    rows = await _OURS.all(connection, {"ids": as_json({chat_id for _, chat_id in wanted})})
    found = {(row.user_id, row.chat_id): row.id for row in rows}
    return {each: found[each] for each in wanted if each in found}


async def find_subscriptions(connection: AsyncConnection, ids: Collection[str]) -> dict[str, SubscriptionRow]:
    """Those with these ids of ours."""
    return {row.id: row_of(row) for row in await _SUBSCRIPTIONS.all(connection, {"ids": as_json(ids)})}


async def have_been_heard(connection: AsyncConnection, link_ids: Collection[LinkId]) -> None:
    """Microsoft told us something of these chats."""
    if link_ids:
        await _HEARD.each(connection, [{"ids": as_json(link_ids)}])


async def list_items(connection: AsyncConnection, link_ids: Collection[LinkId], at_most: int) -> list[Item]:
    """What waits for these chats, in the order in which it came."""
    rows = await _ITEMS.all(connection, {"ids": as_json(link_ids), "at_most": at_most})
    return [item_from(row) for row in rows]


async def still_there(connection: AsyncConnection, ids: Collection[int]) -> set[int]:
    """Which of these items nobody else has applied meanwhile."""
    return {row.id for row in await _STILL_THERE.all(connection, {"ids": as_json(ids)})}


async def remove_items(connection: AsyncConnection, ids: Collection[int]) -> None:
    """They have been applied, or dropped for a reason that was counted."""
    if ids:
        await _REMOVE.each(connection, [{"ids": as_json(ids)}])


async def find_persons(
    connection: AsyncConnection, account_id: AccountId, microsoft_user_ids: Collection[MicrosoftUserId]
) -> dict[MicrosoftUserId, PersonId]:
    """Whose Identities these Microsoft users are."""
    rows = await _PERSONS.all(connection, {"account_id": account_id, "ids": as_json(microsoft_user_ids)})
    return {row.microsoft_user_id: row.person_id for row in rows}


async def known_of(
    connection: AsyncConnection, wanted: Collection[tuple[LinkId, GraphMessageId]]
) -> dict[tuple[LinkId, GraphMessageId], KnownMessage]:
    """Which of these messages are here already."""
    if not wanted:
        return {}
    rows = await _KNOWN.all(connection, {"pairs": as_json(wanted)})
    return {
        (row.link_id, row.graph_message_id): KnownMessage(
            row.message_id, moment_at(row.created_at), moment_at(row.modified_at), row.digest
        )
        for row in rows
    }


async def insert_messages(
    connection: AsyncConnection, new: Sequence[tuple[LinkId, GraphMessageId, KnownMessage]]
) -> None:
    """These Teams messages are those messages of ours, in that state."""
    rows = [
        {
            "link_id": link_id,
            "graph_message_id": graph_message_id,
            "message_id": known.message_id,
            "created_at": microseconds(known.created_at),
            "modified_at": microseconds(known.modified_at),
            "digest": known.digest,
        }
        for link_id, graph_message_id, known in new
    ]
    await insert_rows(connection, messages, rows)
