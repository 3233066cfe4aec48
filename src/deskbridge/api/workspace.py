"""The snapshot that the workspace starts from, and what agents change of themselves."""

from __future__ import annotations

from base64 import b64encode

from fastapi import APIRouter

from deskbridge.accounts import service as accounts
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.events import MeChanged
from deskbridge.accounts.model import Status, User
from deskbridge.admin import drawers
from deskbridge.api.desk import Me, MyAccount, TheDesk
from deskbridge.api.models import SetStatus, Snapshot
from deskbridge.conversations import views
from deskbridge.directory import store as directory_store
from deskbridge.errors import Unprocessable
from deskbridge.presence.board import announce_status
from deskbridge.storage import feed

router = APIRouter(tags=["workspace"])


@router.get("/workspace")
async def get_workspace(desk: TheDesk, me: Me, account: MyAccount) -> Snapshot:
    """Everything at once, and its version: events after it complete it.

    The version is read first, and who asks again after it: an event that happens meanwhile is then sent again,
    which changes nothing, where the other way round it would be missed.
    """
    async with desk.db.read() as connection:
        number = await feed.head(connection, feed.user_topic(me.id))
        me = await accounts_store.find_user(connection, me.id) or me
        account = await accounts_store.find_account(connection, me.account_id) or account
        person = await directory_store.find_person_of_user(connection, me.account_id, me.id)
        conversations = await views.list_conversations(connection, me.id)
    drawer_key = await drawers.key_of(desk.db, desk.connector.vault, me.id)
    connection_now = await desk.connector.connections.view(me)
    await desk.connector.on_workspace_opened(me.id)
    return Snapshot(
        version=f"{desk.db.epoch}.{number}",
        me=me,
        my_person_id=person.id if person else None,
        account=account,
        connection=connection_now,
        conversations=conversations,
        file_limit_mb=desk.settings.file_limit_mb,
        drawer_key=b64encode(drawer_key).decode(),
    )


@router.put("/me/status")
async def set_status(body: SetStatus, desk: TheDesk, me: Me) -> User:
    """Choose a Status; everyone who sees this agent sees it."""
    if body.status is Status.LOGGED_OUT:
        raise Unprocessable("To be Logged Out, log out.")
    async with desk.acting(me) as tx:
        user = await accounts.set_status(tx, me, body.status, desk.clock())
        await announce_status(tx, user, desk.clock())
        tx.emit(feed.user_topic(user.id), MeChanged(me=user))
    return user
