"""The Contacts directory, as every User of the Account sees it."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from deskbridge.accounts.model import Account
from deskbridge.api.desk import Me, MyAccount, TheDesk
from deskbridge.api.models import PeoplePage
from deskbridge.directory import store
from deskbridge.directory.model import Person, PersonId, Platform
from deskbridge.directory.searching import Place, Question
from deskbridge.directory.words import asked
from deskbridge.errors import BadCursor, NotFound
from deskbridge.presence.board import look_up
from deskbridge.presence.model import IdentityPresence
from deskbridge.teams.contacting import list_refusals

router = APIRouter(tags=["people"])

Search = Annotated[str, Query(max_length=200)]
After = Annotated[str | None, Query(max_length=4_000)]
Limit = Annotated[int, Query(ge=1, le=200)]


def _cursor(place: Place | None) -> str | None:
    if place is None:
        return None
    packed = msgspec.json.encode([place.rank, place.sort_key, place.person_id])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        rank, sort_key, person_id = msgspec.json.decode(
            packed, type=tuple[Annotated[int, msgspec.Meta(ge=0, le=9)], str, str]
        )
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise BadCursor from error
    return Place(rank, sort_key, PersonId(person_id))


def _shown(person: Person, account: Account) -> Person:
    if account.teams_chat_enabled:
        return person
    return person.without(Platform.TEAMS)


@router.get("/people", response_model=PeoplePage)
async def list_people(
    desk: TheDesk,
    me: Me,
    account: MyAccount,
    q: Search = "",
    type: Platform | None = None,
    after: After = None,
    limit: Limit = 50,  # Query parameters have the names that users of the API see.
) -> Response:
    """One page of the list in its order (D3), narrowed by search and Type (D4), over the whole directory."""
    question = Question(asked(q), type, with_teams=account.teams_chat_enabled)
    place = _place(after)
    page = await desk.search.list_people(me.account_id, question, place, limit)
    # A PeoplePage, written as it is: to make one and have FastAPI look through it takes longer than the search.
    answer: dict[str, object] = {"people": page.listed, "next": _cursor(page.end), "total": page.total}
    if account.teams_chat_enabled and not account.contact_policy.is_for_everyone:
        async with desk.db.read() as connection:
            shown = await store.find_persons(connection, me.account_id, {PersonId(each["id"]) for each in page.listed})
            answer["refused"] = await list_refusals(connection, account, shown.values())
    return Response(msgspec.json.encode(answer), media_type="application/json")


@router.get("/people/{person_id}")
async def get_person(person_id: PersonId, desk: TheDesk, me: Me, account: MyAccount) -> Person:
    """One Person with all Identities."""
    async with desk.db.read() as connection:
        person = await store.find_person(connection, me.account_id, person_id)
    if person is None:
        raise NotFound
    return _shown(person, account)


@router.get("/presence")
async def get_presence(
    person_id: Annotated[list[PersonId], Query(max_length=100)], desk: TheDesk, me: Me
) -> list[IdentityPresence]:
    """What is known now of these people's presence; the WebSocket tells changes."""
    now = desk.clock()
    of_whom = await desk.db.read_through(lambda there: look_up(there, me.account_id, person_id, now))
    return desk.board.current(of_whom)
