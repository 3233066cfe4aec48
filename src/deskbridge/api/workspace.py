"""The snapshot that the workspace starts from, what agents change of themselves, and the WebSocket."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from deskbridge.accounts import service as accounts
from deskbridge.accounts import sessions
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.events import MeChanged
from deskbridge.accounts.model import Status, User
from deskbridge.api.desk import Desk, Me, MyAccount, TheDesk, get_desk, origin_of
from deskbridge.api.models import SetStatus, Snapshot
from deskbridge.api.security import own_origins
from deskbridge.conversations import views
from deskbridge.conversations.sending import Sending
from deskbridge.conversations.writing import Written
from deskbridge.directory import store as directory_store
from deskbridge.errors import TooManyRequests, Unprocessable
from deskbridge.presence.board import announce_status
from deskbridge.realtime.protocol import Send
from deskbridge.realtime.socket import SIGNED_OUT, TRY_AGAIN, Socket
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
    )


@router.put("/me/status")
async def set_status(body: SetStatus, desk: TheDesk, me: Me) -> User:
    """Choose a Status; everyone who sees this agent sees it."""
    if body.status is Status.LOGGED_OUT:
        raise Unprocessable("To be Logged Out, log out.")
    async with desk.db.transaction() as tx:
        user = await accounts.set_status(tx, me, body.status, desk.clock())
        await announce_status(tx, user, desk.clock())
        tx.emit(feed.user_topic(user.id), MeChanged(me=user))
    return user


@router.websocket("/realtime")
async def realtime(websocket: WebSocket) -> None:
    """The frames of realtime/protocol.py; other web sites and strangers are turned away."""
    desk = get_desk(websocket)
    await websocket.accept()
    token = sessions.SessionToken(websocket.cookies.get(desk.cookie, ""))
    try:
        desk.rate_limit.check(token, origin_of(websocket), websocket.url.path)
    except TooManyRequests:
        await websocket.close(TRY_AGAIN)
        return
    session = await sessions.find(desk.db, token, desk.clock()) if token else None
    if session is None or session.lacks_factor or not _is_ours(desk, websocket):
        await websocket.close(SIGNED_OUT)
        return

    user = session.user
    desk.rate_limit.know(token, user.id)
    socket = Socket(websocket, user, desk.hub, desk.db, desk.board, desk.clock)
    await socket.serve(
        lambda: desk.roll_call.ask(session.id, feed.user_topic(user.id)),
        lambda said, then: desk.post.put(Sending(session.id, said.conversation_id, _written(said)), then),
        lambda: desk.rate_limit.check_frame(user.id),
    )


def _written(said: Send) -> Written:
    return Written(said.client_id.lower(), said.text, said.reply_to, said.html, tuple(said.files))


def _is_ours(desk: Desk, websocket: WebSocket) -> bool:
    # A browser always sends Origin with a WebSocket; programs, which hold no victim's cookie, need not.
    origin = websocket.headers.get("origin")
    return origin is None or origin in own_origins(desk.settings.public_url, websocket.headers.get("host"))
