"""A message's files on their way into the agent's OneDrive, such that each gets there once (docs/decisions, 0021).

One request a step, and each step is written down before the next, so that whoever takes over goes on:

1. A name is written down, with a moment before which no file of ours can have it.
2. The bytes go there, and never over what is there already (`conflictBehavior=fail`). Where the name is taken, the file
   is looked at: younger than the moment and made by this app, it is ours, and an answer was lost; else the next name.
3. Where its folder is, is read: files in Teams are addressed by folder and name (facts.md 6.2).
4. It is shared with the person; sharing twice is sharing once.

The address for the pieces of a large file is only in memory: whoever loses it begins that file anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from urllib.parse import quote

import structlog

from deskbridge.accounts import store as accounts_store
from deskbridge.clock import Clock
from deskbridge.conversations import file_store
from deskbridge.conversations.attachments import decode, kept_ids
from deskbridge.conversations.file_names import numbered
from deskbridge.conversations.file_store import FileId, KeptFile
from deskbridge.conversations.store import QueuedDelivery
from deskbridge.storage.database import Database
from deskbridge.teams import drive_reasons
from deskbridge.teams.drive_resources import DriveItem, UploadSession
from deskbridge.teams.graph import Answer, GraphClient
from deskbridge.teams.graph_errors import AlreadyThere, Gone, NoAnswer, NotReached, Refused, Throttled
from deskbridge.teams.ids import Bearer
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.registration import FILES
from deskbridge.teams.resources import Attachment, Unreadable, in_utc, parse
from deskbridge.teams.sending import CannotBeSent
from deskbridge.teams.store import files, people
from deskbridge.teams.store.chats import Link
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.files import FileThere
from deskbridge.teams.tokens import NotAllowed, Tokens

log = structlog.get_logger(__name__)

FOLDER: Final = "Microsoft Teams Chat Files"
"""Where the Teams client itself puts files of chats."""
SIMPLE: Final = 4 * 1024 * 1024
"""Bytes that go in one request; more go in pieces."""
PIECE: Final = 8 * 320 * 1024
"""Bytes: a multiple of 320 KiB, as Microsoft wants, and little enough for the time that a request has."""
MOST_NAMES: Final = 50
_Kind = TypeVar("_Kind", DriveItem, UploadSession)
_ROOT: Final = "/me/drive/root:/" + quote(FOLDER)
_FAIL: Final = {"@microsoft.graph.conflictBehavior": "fail"}


class Uploader:
    """Carries files one step further for an agent whose lane it is."""

    def __init__(self, db: Database, clock: Clock, graph: GraphClient, tokens: Tokens, app_id: str) -> None:
        self._db = db
        self._clock = clock
        self._graph = graph
        self._tokens = tokens
        self._app_id = app_id
        self._sessions: dict[tuple[str, str], tuple[str, int]] = {}
        """The addresses for pieces, and from which byte on the next one goes, by link and file."""
        self._anew: set[tuple[str, str]] = set()
        """Files that were found deleted, and go once more: a second time it is said instead."""

    async def carry(self, row: ConnectionRow, link: Link, delivery: QueuedDelivery) -> bool:
        """One request; False when nothing is left to do. Raises NotYet, CannotBeSent, NotConnected."""
        if delivery.attachments is None:
            return False
        found = await self._next(link, delivery)
        if found is None:
            return False
        there, file = found
        if there.not_before is not None and there.not_before > self._clock():
            raise NotYet(there.not_before)
        try:
            await self._step(row, delivery, there, file)
        except NotAllowed as error:
            raise CannotBeSent(drive_reasons.NOT_ALLOWED) from error
        except Throttled as error:
            until = self._clock() + (error.retry_after or backoff(3))
            await self._note(there, not_before=until)
            raise NotYet(until) from error
        except (NotReached, NoAnswer, Unreadable) as error:
            # What became of it shows at the next look: nothing is done twice by doing it again.
            asked = error.retry_after if isinstance(error, NoAnswer) else None
            raise NotYet(self._clock() + (asked or backoff(3))) from error
        except Refused as error:
            self._forget_session(there)
            raise drive_reasons.meaning(error, file.name) from error
        return True

    async def attachments(self, link: Link, delivery: QueuedDelivery) -> list[Attachment]:
        """How the message names them, once all are there."""
        if delivery.attachments is None:
            return []
        async with self._db.read() as connection:
            there = await files.of_message(connection, link.id, delivery.message_id)
        wanted = [there[FileId(each)] for each in kept_ids(decode(delivery.attachments))]
        return [
            Attachment(id=each.etag_id, content_type="reference", content_url=each.address, name=each.name)
            for each in wanted
        ]

    async def _next(self, link: Link, delivery: QueuedDelivery) -> tuple[FileThere, KeptFile] | None:
        async with self._db.read() as connection:
            there = await files.of_message(connection, link.id, delivery.message_id)
            kept = await file_store.of_message(connection, delivery.message_id)
            account = await accounts_store.find_account(connection, delivery.account_id)
        for file_id in map(FileId, kept_ids(decode(delivery.attachments))):
            if (known := there.get(file_id)) is not None and known.is_shared:
                continue
            if account is None or not account.files_to_teams:
                raise CannotBeSent(drive_reasons.OFF)
            if file_id not in kept:
                raise CannotBeSent(drive_reasons.MISSING)
            return known or await self._set_out(link, kept[file_id], delivery), kept[file_id]
        return None

    async def _set_out(self, link: Link, file: KeptFile, delivery: QueuedDelivery) -> FileThere:
        since = self._graph.surely_not_before()
        new = FileThere(link.id, file.id, delivery.message_id, file.name, 0, since)
        async with self._db.transaction() as tx:
            await files.insert(tx.connection, new)
        return new

    async def _step(self, row: ConnectionRow, delivery: QueuedDelivery, there: FileThere, file: KeptFile) -> None:
        if there.item_id is None:
            await self._upload(row, there, file)
            return
        try:
            await self._make_known(row, delivery, there)
        except Gone as error:
            # Deleted meanwhile, alone or with its folder.
            if error.code.casefold() != drive_reasons.NO_ITEM:
                raise
            await self._begin_anew(there, file)

    async def _make_known(self, row: ConnectionRow, delivery: QueuedDelivery, there: FileThere) -> None:
        if there.address is None:
            folder = await self._ask(row, DriveItem, lambda bearer: self._graph.get(bearer, _ROOT, _SELECT_ADDRESS))
            await self._note(there, address=f"{folder.web_url}/{quote(there.name)}")
        else:
            await self._share(row, delivery, there)

    async def _upload(self, row: ConnectionRow, there: FileThere, file: KeptFile) -> None:
        try:
            item = await (self._whole(row, there, file) if file.size <= SIMPLE else self._piece(row, there, file))
        except AlreadyThere:
            self._forget_session(there)
            item = await self._find(row, there)
            if item is None:
                await self._take_next_name(there, file)
                return
        if item is not None:
            await self._note(there, item_id=item.id, etag_id=_guid(item), name=item.name or there.name)

    async def _whole(self, row: ConnectionRow, there: FileThere, file: KeptFile) -> DriveItem:
        async with self._db.read() as connection:
            content = await file_store.content_of(connection, file.id)
        place = f"{_place(there)}:/content"
        return await self._ask(row, DriveItem, lambda bearer: self._graph.put(bearer, place, content, _FAIL))

    async def _piece(self, row: ConnectionRow, there: FileThere, file: KeptFile) -> DriveItem | None:
        key = there.id
        if key not in self._sessions:
            body = {"item": {"@microsoft.graph.conflictBehavior": "fail", "name": there.name}}
            place = f"{_place(there)}:/createUploadSession"
            made = await self._ask(row, UploadSession, lambda bearer: self._graph.post(bearer, place, body))
            self._sessions[key] = (made.upload_url, 0)
            return None
        address, begin = self._sessions.pop(key)
        async with self._db.read() as connection:
            content = await file_store.some_of(connection, file.id, begin, PIECE)
        end = begin + len(content)
        try:
            answer = await self._graph.piece(address, content, f"bytes {begin}-{end - 1}/{file.size}")
        except Gone:
            # It is over, for whatever reason: the next one is refused where the file is there already.
            return None
        if end < file.size:
            self._sessions[key] = (address, end)
            return None
        return parse(DriveItem, answer.body)

    async def _find(self, row: ConnectionRow, there: FileThere) -> DriveItem | None:
        """The file that has the name, where that is ours."""
        try:
            item = await self._ask(row, DriveItem, lambda bearer: self._graph.get(bearer, _place(there)))
        except Gone:
            return None
        created = in_utc(item.created_date_time) if item.created_date_time else None
        app = item.created_by.application.id if item.created_by and item.created_by.application else None
        is_ours = created is not None and created >= there.since and app in {None, self._app_id}
        log.info("name_taken_in_onedrive", is_ours=is_ours)
        return item if is_ours else None

    async def _take_next_name(self, there: FileThere, file: KeptFile) -> None:
        number = there.number + 1
        if number > MOST_NAMES:
            raise CannotBeSent(drive_reasons.TOO_MANY.format(file.name))
        since = self._graph.surely_not_before()
        await self._note(there, name=numbered(file.name, number), number=number, since=since)

    async def _share(self, row: ConnectionRow, delivery: QueuedDelivery, there: FileThere) -> None:
        async with self._db.read() as connection:
            others = await people.find_by_identities(connection, [delivery.identity_id])
        if not others:
            raise CannotBeSent("This person has no Microsoft Teams account any more.")
        body = {
            "recipients": [{"objectId": others[0].microsoft_user_id}],
            "requireSignIn": True,
            "sendInvitation": False,
            "roles": ["read"],
        }
        place = f"/me/drive/items/{there.item_id}/invite"
        await self._tokens.use_for(row, FILES, lambda bearer: self._graph.post(bearer, place, body))
        self._anew.discard(there.id)
        await self._note(there, is_shared=True)

    async def _begin_anew(self, there: FileThere, file: KeptFile) -> None:
        """What is kept here goes there once more."""
        log.info("deleted_in_onedrive", link_id=there.link_id)
        if there.id in self._anew:
            self._anew.discard(there.id)
            raise CannotBeSent(drive_reasons.DELETED.format(file.name))
        self._anew.add(there.id)
        since = self._graph.surely_not_before()
        nothing = dict.fromkeys(("item_id", "etag_id", "address"))
        await self._note(there, name=file.name, number=0, since=since, **nothing)

    async def _ask(self, row: ConnectionRow, kind: type[_Kind], ask: Callable[[Bearer], Awaitable[Answer]]) -> _Kind:
        return parse(kind, (await self._tokens.use_for(row, FILES, ask)).body)

    async def _note(self, there: FileThere, **columns: object) -> None:
        async with self._db.transaction() as tx:
            await files.update_columns(tx.connection, there, **{"not_before": None, **columns})

    def _forget_session(self, there: FileThere) -> None:
        self._sessions.pop(there.id, None)


_SELECT_ADDRESS: Final = {"$select": "id,webUrl"}


def _place(there: FileThere) -> str:
    return f"{_ROOT}/{quote(there.name, safe='')}"


def _guid(item: DriveItem) -> str:
    """`"{GUID},2"` is how SharePoint writes an eTag."""
    return item.e_tag.strip('"').partition(",")[0].strip("{}")
