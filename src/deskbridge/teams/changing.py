"""What people did here to messages that are in Teams already: edited, deleted, brought back, reacted (facts.md 6.4).

One request a step. What is wanted is a state, not a step, so a request whose answer is lost is not repeated blindly:
the message is read, and only what still differs is asked for again. When all is done the message is read once more
and goes through the chat's inbox, so that what is here is what Teams made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import structlog

from deskbridge.clock import Clock
from deskbridge.conversations import change_store, file_store, service
from deskbridge.conversations.change_store import DONE, LOST, QueuedChange
from deskbridge.errors import MicrosoftUnavailable
from deskbridge.storage.database import Database
from deskbridge.teams.contacting import why_not_in
from deskbridge.teams.graph import Answer, GraphClient
from deskbridge.teams.graph_errors import Gone, NoAnswer, NotReached, Refused, Throttled
from deskbridge.teams.ids import Bearer, GraphMessageId
from deskbridge.teams.lanes import NotYet, backoff
from deskbridge.teams.naming import named_in
from deskbridge.teams.outcomes import changes as counted
from deskbridge.teams.outgoing import With, body_for
from deskbridge.teams.pacing import Pacing
from deskbridge.teams.pictures import (
    PictureMissing,
    addresses_in,
    names_by_place,
    not_there,
    of_kept,
    shows_any,
    themselves,
    with_addresses,
)
from deskbridge.teams.reading import Reading
from deskbridge.teams.resources import ChatMessage, Unreadable, parse
from deskbridge.teams.sending import AWAY, LOOK_AFTER, THROTTLED, CannotBeSent, cannot_be_sent, pictures_of
from deskbridge.teams.store import chats, inbox
from deskbridge.teams.store.chats import Link
from deskbridge.teams.store.connections import ConnectionRow
from deskbridge.teams.store.inbox import ItemKind, NewItem
from deskbridge.teams.tokens import NotConnected, Tokens
from deskbridge.teams.translate import MessageState, characters, fingerprint, message_from_graph

log = structlog.get_logger(__name__)

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
NOT_THERE = "This message is not in Microsoft Teams any more."
NO_PICTURE = (
    "A picture of this message is not in Microsoft Teams any more, so the message was not changed there. "
    "Remove the picture, or write a new message."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One request, and what is known of the message there once it has succeeded."""

    method: str
    path: str
    body: Any
    then: dict[str, Any]


def next_step(change: QueuedChange) -> Step | None:
    """What is to be asked for next; None when everything has been."""
    if change.reaction:
        action = "setReaction" if change.is_wanted else "unsetReaction"
        return Step("POST", f"/{action}", {"reactionType": change.reaction}, {"look": DONE})
    if change.is_deleted_there and (change.has_text or not change.is_deleted):
        return Step("POST", "/undoSoftDelete", None, {"is_deleted_there": False})
    if change.has_text:
        return Step("PATCH", "", None, {"has_text": False})
    if change.is_deleted and not change.is_deleted_there:
        return Step("POST", "/softDelete", None, {"is_deleted_there": True, "look": DONE})
    return None


class Changer:
    """Carries changes for an agent whose lane it is."""

    def __init__(
        self, db: Database, clock: Clock, graph: GraphClient, tokens: Tokens, reading: Reading, pacing: Pacing
    ) -> None:
        self._db = db
        self._clock = clock
        self._graph = graph
        self._tokens = tokens
        self._reading = reading
        self._pacing = pacing

    async def carry(self, row: ConnectionRow, link: Link | None, change: QueuedChange, lease: str) -> None:
        """One step further; raises NotYet, CannotBeSent, NotConnected or MicrosoftUnavailable."""
        graph_id = await self._graph_id(link, change)
        if link is None or graph_id is None:
            # It never got there: when it does, it goes as it is here now.
            await self._end(change, None)
            return
        place = f"/chats/{link.chat_id}/messages/{graph_id}"
        step = None if change.look else next_step(change)
        if step is None:
            await self._look(row, link, place, change)
        elif await self._pacing.take_turn(row, lease):
            await self._ask(row, link, place, (change, step))

    async def _graph_id(self, link: Link | None, change: QueuedChange) -> GraphMessageId | None:
        async with self._db.read() as connection:
            found = await chats.find_graph_id(connection, link.id, change.message_id) if link else None
        if found is None and change.is_on_its_way and not change.is_deleted:
            async with self._db.transaction() as tx:
                await change_store.update_change(tx.connection, change.id, is_deleted_there=False, look="")
            raise NotYet(self._clock() + LOOK_AFTER)
        return found

    async def _ask(self, row: ConnectionRow, link: Link, place: str, what: tuple[QueuedChange, Step]) -> None:
        change, step = what
        await self._require_allowed(change, step)
        body = await self._words(row, link, place, change) if step.method == "PATCH" else step.body

        async def ask(bearer: Bearer) -> Answer:
            send = self._graph.patch if step.method == "PATCH" else self._graph.post
            return await send(bearer, place + step.path, body)

        # Nobody knows what becomes of it until there is an answer.
        await self._note(change, look=LOST)
        try:
            await self._tokens.use(row, ask)
        except (NotReached, Throttled) as error:
            await self._note(change, look=change.look)
            await self._wait(row, change, error)
        except NoAnswer as error:
            await self._wait(row, change, error)
        except Gone as error:
            # A reaction that was taken back already is refused like that too.
            if not change.reaction or change.is_wanted:
                raise CannotBeSent(NOT_THERE) from error
            await self._note(change, look=DONE)
        except Refused as error:
            raise cannot_be_sent(error) from error
        except (NotConnected, MicrosoftUnavailable):
            await self._note(change, look=change.look)
            raise
        else:
            counted.labels("asked").inc()
            await self._note(change, **{"look": "", **step.then})

    async def _require_allowed(self, change: QueuedChange, step: Step) -> None:
        """New words for who may no longer be contacted are a new message; taking something back always goes."""
        if step.method == "PATCH":
            async with self._db.read() as connection:
                why = await why_not_in(connection, change.account_id, change.conversation_id)
            if why is not None:
                raise CannotBeSent(why)

    async def _words(self, row: ConnectionRow, link: Link, place: str, change: QueuedChange) -> Any:
        # An edit replaces the whole message: quotes, files and where its pictures are have to be said again.
        is_whole = not change.has_attachments and not shows_any(change.html)
        said = None if is_whole else await self._read(row, place)
        beside = said.attachments if said and change.has_attachments else None
        there = addresses_in(said.body.content or "") if said and said.body else {}
        async with self._db.read() as connection:
            names = await file_store.names_there(connection, change.message_id) if there else {}
            known = {**there, **of_kept(names, there)}
            new = not_there(change.html, known)
            try:
                html = with_addresses(change.html, known | themselves(new))
            except PictureMissing as error:
                raise CannotBeSent(NO_PICTURE) from error
            pictures = await pictures_of(connection, change.message_id, new)
            return body_for(html, With(await named_in(connection, link, change.html), beside or [], pictures))

    async def _note(self, change: QueuedChange, **columns: Any) -> None:
        async with self._db.transaction() as tx:
            if not await change_store.update_change(tx.connection, change.id, change.number, **columns):
                # Whatever became of what was wanted before: what is wanted now is not there yet.
                there = {name: value for name, value in columns.items() if name != "has_text"}
                if there.get("look") == DONE:
                    there["look"] = ""
                if there:
                    await change_store.update_change(tx.connection, change.id, **there)

    async def _wait(self, row: ConnectionRow, change: QueuedChange, error: NotReached | Throttled | NoAnswer) -> None:
        asked = None if isinstance(error, NotReached) else error.retry_after
        until = self._clock() + (asked or (LOOK_AFTER if isinstance(error, NoAnswer) else backoff(3)))
        why = THROTTLED if isinstance(error, Throttled) else AWAY
        counted.labels("waits").inc()
        if isinstance(error, Throttled):
            await self._pacing.wait_until(row, until)
        async with self._db.transaction() as tx:
            await service.change_waits(tx, change, why)
        raise NotYet(until) from error

    async def _read(self, row: ConnectionRow, place: str) -> ChatMessage:
        return self._parsed(await self._read_raw(row, place))

    async def _read_raw(self, row: ConnectionRow, place: str) -> bytes:
        try:
            return (await self._reading.get(row, place)).body
        except Gone as error:
            raise CannotBeSent(NOT_THERE) from error
        except Refused as error:
            raise cannot_be_sent(error) from error

    def _parsed(self, body: bytes) -> ChatMessage:
        try:
            return parse(ChatMessage, body)
        except Unreadable as error:
            raise NotYet(self._clock() + backoff(5)) from error

    async def _look(self, row: ConnectionRow, link: Link, place: str, change: QueuedChange) -> None:
        body = await self._read_raw(row, place)
        said = self._parsed(body)
        state = message_from_graph(said, link.web_url)
        if change.look == LOST and not _is_as_wanted(state, change, link):
            missing = {"look": "", "is_deleted_there": state.deleted is not None}
            if state.deleted is None:
                missing["has_text"] = not _says_it(state, change)
            await self._note(change, **missing)
            return
        item = NewItem(link.id, ItemKind.READ, state.id, body)
        await self._end(change, item, names_by_place(change.html, said.body.content or "") if said.body else {})

    async def _end(self, change: QueuedChange, read: NewItem | None, names: Mapping[str, str] = _NONE) -> None:
        counted.labels("done").inc()
        async with self._db.transaction() as tx:
            for picture, name in names.items():
                await file_store.set_name_there(tx.connection, picture, name)
            await service.change_is_there(tx, change)
            # Where the user did something more meanwhile, it goes on from a state that is known.
            await change_store.update_change(tx.connection, change.id, look="", is_deleted_there=change.is_deleted)
            if read is not None:
                await inbox.insert(tx.connection, [read], self._clock())
                tx.announce(f"teams_inbox.{read.link_id}")


def _is_as_wanted(state: MessageState, change: QueuedChange, link: Link) -> bool:
    if change.reaction:
        set_there = any(
            each.user_id == link.microsoft_user_id and each.reaction == change.reaction for each in state.reactions
        )
        return set_there is change.is_wanted
    if (state.deleted is not None) is not change.is_deleted:
        return False
    return change.is_deleted or _says_it(state, change)


def _says_it(state: MessageState, change: QueuedChange) -> bool:
    there, here = characters(state.html, state.text), characters(change.html, change.text)
    return fingerprint(there) == fingerprint(here)
