"""By whose alphabet the Contacts list is sorted (D3)."""

from __future__ import annotations

from fastapi import APIRouter

from deskbridge.admin import list_order
from deskbridge.api.desk import Admin, Origin, TheDesk
from deskbridge.api.models import Alphabet, ListOrder, SetListOrder
from deskbridge.audit.model import actor
from deskbridge.directory import sorting_store
from deskbridge.directory.order import LOCALES

router = APIRouter(prefix="/admin", tags=["admin"])

_ALPHABETS = [Alphabet(locale=locale, language=each.language) for locale, each in LOCALES.items()]


@router.get("/list-order")
async def get_list_order(desk: TheDesk, admin: Admin) -> ListOrder:
    """The alphabet that is used, and those that there are."""
    async with desk.db.read() as connection:
        locale, is_sorting = await sorting_store.order_of(connection, admin.account_id)
    return ListOrder(locale=locale, is_sorting=is_sorting, alphabets=_ALPHABETS)


@router.put("/list-order")
async def set_list_order(body: SetListOrder, desk: TheDesk, admin: Admin, origin: Origin) -> ListOrder:
    """Use another one. Whoever is in the list already is put in the new place in the background."""
    async with desk.acting(admin, recorded=True) as tx:
        await list_order.choose(tx, admin.account_id, body.locale, (actor(admin, origin), desk.clock()))
    return await get_list_order(desk, admin)
