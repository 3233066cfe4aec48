"""What admins decide about who is the same Person (D2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from deskbridge.accounts.model import User
from deskbridge.admin.merging import Deciding
from deskbridge.api.desk import Admin, Desk, Origin, TheDesk
from deskbridge.api.models import MatchPage, MergePeople, SettleMatch, SplitPerson
from deskbridge.audit.model import actor
from deskbridge.directory import match_views
from deskbridge.directory.matching import DecisionView
from deskbridge.directory.model import IdentityId, Person, PersonId
from deskbridge.storage.database import Transaction

router = APIRouter(prefix="/admin", tags=["admin"])


@router.get("/matches")
async def list_matches(
    desk: TheDesk,
    admin: Admin,
    after: Annotated[str | None, Query(max_length=36)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> MatchPage:
    """Accounts that share addresses, but not so that they surely are one person: to be decided."""
    async with desk.db.read() as connection:
        matches, next_ = await match_views.list_matches(connection, admin.account_id, after, limit)
        total = await match_views.count_matches(connection, admin.account_id)
    return MatchPage(matches=matches, next=next_, total=total)


@router.post("/matches/{match_id}")
async def settle_match(match_id: str, body: SettleMatch, desk: TheDesk, admin: Admin, origin: Origin) -> list[Person]:
    """Each group is one person, and the groups are different people; who is in no group is somebody else, too."""
    async with desk.acting(admin, recorded=True) as tx:
        return await _deciding(tx, desk, admin, origin).settle(match_id, body.groups)


@router.post("/people/merge")
async def merge_people(body: MergePeople, desk: TheDesk, admin: Admin, origin: Origin) -> Person:
    """These are one person, whatever their addresses; later imports respect it."""
    async with desk.acting(admin, recorded=True) as tx:
        return await _deciding(tx, desk, admin, origin).merge(body.person_ids)


@router.post("/people/{person_id}/split")
async def split_person(
    person_id: PersonId, body: SplitPerson, desk: TheDesk, admin: Admin, origin: Origin
) -> list[Person]:
    """These accounts are somebody else; the answer is both people, and later imports respect it."""
    async with desk.acting(admin, recorded=True) as tx:
        return await _deciding(tx, desk, admin, origin).split(person_id, body.identity_ids)


@router.get("/decisions")
async def list_decisions(
    desk: TheDesk, admin: Admin, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[DecisionView]:
    """What admins have decided, the newest first."""
    async with desk.db.read() as connection:
        return await match_views.list_decisions(connection, admin.account_id, limit)


@router.delete("/decisions/{one}/{other}", status_code=204)
async def forget_decision(one: IdentityId, other: IdentityId, desk: TheDesk, admin: Admin, origin: Origin) -> None:
    """Take a decision back: the addresses of these two count again."""
    async with desk.acting(admin, recorded=True) as tx:
        await _deciding(tx, desk, admin, origin).forget(one, other)


def _deciding(tx: Transaction, desk: Desk, admin: User, origin: str) -> Deciding:
    return Deciding(tx, admin.account_id, actor(admin, origin), desk.clock())
