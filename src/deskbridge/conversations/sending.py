"""What users send: many messages to many conversations in one transaction, each accepted or refused by itself.

A message costs a few dozen statements when it is stored alone, and so do five hundred that are stored together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from deskbridge import tracing
from deskbridge.accounts import session_store
from deskbridge.accounts.model import User, UserId
from deskbridge.accounts.session_store import Holder, SessionId
from deskbridge.conversations import batch_store, file_store, message_store, pair_store, store, views
from deskbridge.conversations.attachments import Attachment, encode, kept_file, with_words
from deskbridge.conversations.batch import Batch
from deskbridge.conversations.batch_store import NewMessage, Thread
from deskbridge.conversations.errors import FileMissing, FilesToTeamsOff, PicturesTooLarge
from deskbridge.conversations.file_store import KeptFile
from deskbridge.conversations.image_kinds import TO_SEND
from deskbridge.conversations.keeping import MOST_PICTURE
from deskbridge.conversations.model import (
    ConversationId,
    Delivery,
    DeliveryState,
    Kind,
    Message,
    MessageId,
    MessageKind,
    Quote,
    homes,
    image_ids,
    position_at,
    reaches,
)
from deskbridge.conversations.safe_html import KEPT
from deskbridge.conversations.taking_part import let_take_part
from deskbridge.conversations.writing import Known, Written, image_address, pictures_in, text_and_html
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import Person, PersonId, Platform
from deskbridge.errors import (
    CannotReach,
    ConversationMoved,
    DeskbridgeError,
    EmptyMessage,
    NotFound,
    NotSignedIn,
    TeamsChatOff,
)
from deskbridge.logs import request_id
from deskbridge.storage.database import Transaction
from deskbridge.storage.schema import new_id, new_ordered_id


@dataclass(frozen=True, slots=True)
class Sending:
    """One message that somebody sends: whoever has that session by then, or a User whom the caller answers for."""

    sender: User | SessionId
    conversation_id: ConversationId
    written: Written
    traceparent: str | None = field(default_factory=tracing.position)
    """Where in a trace it was asked for, which its deliveries go on from."""
    request_id: str | None = field(default_factory=request_id)
    """In which request; None where a WebSocket brought it."""


Answer = Message | DeskbridgeError
_Sender = User | Holder
_MESSAGE: Final = MessageKind.MESSAGE.value


async def send_all(tx: Transaction, wanted: Sequence[Sending], now: datetime) -> list[Answer]:
    """Store what users wrote and queue it, in this order; the same client id again is the same message.

    Each is answered with the message or with why it was refused; whoever is refused takes nobody along.
    """
    batch = await _open(tx, wanted, now)
    answers: list[Answer] = []
    for each in wanted:
        try:
            answers.append(await batch.add(each))
        except DeskbridgeError as error:
            answers.append(error)
    await batch.deliver()
    return answers


async def _open(tx: Transaction, wanted: Sequence[Sending], now: datetime) -> _Sendings:
    connection = tx.connection
    ids = {each.sender for each in wanted if not isinstance(each.sender, User)}
    by_session = await session_store.find_holders(connection, ids, now) if ids else {}
    users: list[_Sender] = [each.sender for each in wanted if isinstance(each.sender, User)]
    users += by_session.values()
    conversations = {each.conversation_id for each in wanted}
    batch = await _Sendings.open(tx, conversations, now, {each.id for each in users})
    batch.by_session = by_session
    theirs = [each for each in wanted if each.conversation_id in batch.threads]
    known = await batch_store.known(connection, {(each.conversation_id, each.written.client_id) for each in theirs})
    if known:
        told = await views.messages_by_id(connection, list(known.values()))
        batch.known = {key: told[message_id] for key, message_id in known.items()}
    shown = {each for one in wanted for each in (*pictures_in(one.written.html or ""), *one.written.files)}
    given = await file_store.find_to_send(connection, shown)
    batch.given = {each.id: each for each in given}
    batch.person_ids = await directory_store.find_person_ids(connection, {each.id for each in users})
    return batch


@dataclass(slots=True)
class _Sendings(Batch):
    """What is sent together, while it is being accepted."""

    by_session: dict[SessionId, Holder] = field(default_factory=dict)
    known: dict[tuple[ConversationId, str], Message] = field(default_factory=dict)
    person_ids: dict[UserId, PersonId] = field(default_factory=dict)
    deliveries: list[dict[str, object]] = field(default_factory=list)
    given: dict[str, KeptFile] = field(default_factory=dict)
    """Given to be sent, and not sent yet."""
    gone_with: dict[MessageId, list[str]] = field(default_factory=dict)
    found: dict[tuple[ConversationId, UserId, bool], tuple[Person, list[Platform]]] = field(default_factory=dict)
    """To whom it goes what somebody sends to a conversation."""

    async def add(self, sending: Sending) -> Message:
        """Accept one."""
        user, thread = self._who_where(sending)
        client_id, _, reply_to, _, files = sending.written
        if (thread.id, client_id) in self.known:
            return self.known[thread.id, client_id]
        attached = self._attached(user, thread, files)
        text, html = self._composed(user, thread, sending.written)
        quote = await self._quote(thread.id, reply_to)
        person, to = await self._to_whom(user, thread, has_files=bool(attached))
        thread.revision += 1
        thread.last_position = max(position_at(self.now), thread.last_position + 1)
        new = NewMessage(
            id=MessageId(new_ordered_id()),
            conversation_id=thread.id,
            client_id=client_id,
            position=thread.last_position,
            revision=thread.revision,
            kind=_MESSAGE,
            author_person_id=self.person_ids.get(user.id),
            author_user_id=user.id,
            author_name=user.display_name,
            author_platform=str(Platform.CONTACT_CENTER if user.is_agent else Platform.WORK),
            html=html,
            text=with_words(text, attached),
            created_at=self.now,
            refers_to=reply_to,
            attachments=encode(attached),
            own_platform=next((each.value for each in to if each is not Platform.TEAMS), None),
        )
        queued = [self._queue(new, person, each, sending.traceparent) for each in to if each is Platform.TEAMS]
        message = views.message_of(new, (queued, [], []), quote)
        self._take_along(new, files)
        self.note(thread, new, message)
        self.known[thread.id, client_id] = message
        return message

    def _who_where(self, sending: Sending) -> tuple[_Sender, Thread]:
        sender = sending.sender
        user = sender if isinstance(sender, User) else self.by_session.get(sender)
        if user is None:
            raise NotSignedIn
        thread = self.threads.get(sending.conversation_id)
        if thread is None or user.id not in thread.sees:
            raise NotFound("There is no such conversation of yours.")
        return user, thread

    def _composed(self, user: _Sender, thread: Thread, written: Written) -> tuple[str, str]:
        named = {thread.sees[user.id], self.person_ids.get(user.id)}
        pictures = self._pictures(user, thread, written.html) if self.given else {}
        try:
            return text_and_html(written.text, written.html, Known([each for each in named if each], pictures))
        except EmptyMessage:
            if not written.files:
                raise
            return "", ""

    def _attached(self, user: _Sender, thread: Thread, ids: Sequence[str]) -> list[Attachment]:
        """The files that go along, as the record keeps them."""
        if not ids:
            return []
        found = [self.given[each] for each in dict.fromkeys(ids) if each in self.given]
        own = [each for each in found if (each.user_id, each.conversation_id) == (user.id, thread.id)]
        if len(own) < len(set(ids)):
            raise FileMissing
        return [kept_file(each.id, each.name, each.size) for each in own]

    def _pictures(self, user: _Sender, thread: Thread, html: str | None) -> dict[str, str]:
        """The addresses under which those are kept that the user gave for this conversation, and has not sent."""
        wanted = [self.given[each] for each in pictures_in(html or "") if each in self.given]
        mine = [each for each in wanted if (each.user_id, each.conversation_id) == (user.id, thread.id)]
        own = [each for each in mine if each.content_type in TO_SEND]
        if sum(each.size for each in own) > MOST_PICTURE:
            raise PicturesTooLarge
        return {each.id: image_address(KEPT, each.id) for each in own}

    def _take_along(self, new: NewMessage, files: Sequence[str]) -> None:
        if not self.given:
            return
        for gone in (image_ids(new.html) | set(files)) & self.given.keys():
            self.gone_with.setdefault(new.id, []).append(gone)
            del self.given[gone]

    async def _quote(self, conversation_id: ConversationId, message_id: MessageId | None) -> Quote | None:
        """What is answered must be a message of the same conversation."""
        if message_id is None:
            return None
        fresh = next((each for each in self.new if each.id == message_id), None)
        quoted = fresh or await message_store.find_message(self.tx.connection, message_id)
        if quoted is None or quoted.conversation_id != conversation_id or quoted.kind != MessageKind.MESSAGE.value:
            raise NotFound("The message that you answer is not in this conversation.")
        return views.quote_of(quoted)

    async def _to_whom(self, user: _Sender, thread: Thread, *, has_files: bool) -> tuple[Person, list[Platform]]:
        """Found once for all that somebody sends to one conversation."""
        asked = (thread.id, user.id, has_files)
        if asked not in self.found:
            person = self.persons.get(thread.sees[user.id])
            if person is None:
                raise NotFound
            self.found[asked] = person, await self._recipients(user, thread, person, has_files=has_files)
        return self.found[asked]

    async def _recipients(self, user: _Sender, thread: Thread, person: Person, *, has_files: bool) -> list[Platform]:
        """Where this message goes: what the Person has now, which may differ from when the conversation began."""
        is_agent = thread.agent_user_id == user.id
        to = reaches(thread.kind, person, is_agent=is_agent)
        if Platform.TEAMS in to and not (thread.has_teams_chat and user.is_agent):
            to.remove(Platform.TEAMS)
            if not to:
                raise TeamsChatOff
        if not to:
            raise CannotReach
        if has_files and Platform.TEAMS in to and not thread.has_teams_files:
            raise FilesToTeamsOff
        if is_agent:
            await _require_that_it_goes_on(self.tx, thread, person)
            joined = await let_take_part(self.tx, thread.row, person, thread.sees)
            if joined is not None:
                await self._join(thread, *joined)
        return to

    async def _join(self, thread: Thread, user_id: UserId, sees: PersonId) -> None:
        thread.sees[user_id] = sees
        seen = await views.find_conversation(self.tx.connection, thread.id, user_id)
        thread.unread[user_id] = seen.unread if seen else 0
        self.persons |= await directory_store.find_persons(self.tx.connection, thread.account_id, [sees])

    def _queue(self, new: NewMessage, person: Person, platform: Platform, traceparent: str | None) -> Delivery:
        """Fetched by the outbox of that platform; accounts on our own have it with the commit."""
        identity = person.identity_on(platform)
        self.deliveries.append(
            {
                "id": new_id(),
                "conversation_id": new.conversation_id,
                "message_id": new.id,
                "sender_user_id": new.author_user_id,
                "identity_id": identity.id if identity else "",
                "platform": platform.value,
                "position": new.position,
                "state": DeliveryState.QUEUED.value,
                "traceparent": traceparent,
            }
        )
        self.tx.announce(f"outbox.{new.conversation_id}")
        return Delivery(platform=platform, state=DeliveryState.QUEUED, reason=None, changed_at=self.now)

    async def deliver(self) -> None:
        """Everything that was accepted."""
        await self.store()
        for message_id, ids in self.gone_with.items():
            await file_store.go_with(self.tx.connection, message_id, ids)
        await batch_store.insert_deliveries(self.tx.connection, self.deliveries, self.now)


async def _require_that_it_goes_on(tx: Transaction, thread: Thread, person: Person) -> None:
    """After two Persons were merged, one of the agent's two conversations with them has the chat in Teams."""
    own = homes(thread.kind, person)
    if thread.kind is Kind.AGENT or own == [thread.person_id]:
        return
    pairs = [f"{thread.agent_user_id}:{each}" for each in own]
    goes_on = await pair_store.find_by_pairs(tx.connection, thread.account_id, thread.kind, pairs)
    if goes_on is not None and goes_on.id != thread.id:
        raise ConversationMoved
    if own[0] != thread.person_id and person.identity_on(Platform.TEAMS):
        # The person has a Teams account since it began: it stays with that one, whose chat it now gets. Who has lost
        # theirs may get it back, and then goes on in that chat.
        await store.move_home(tx.connection, thread.row, pairs[0], own[0])
        thread.person_id = own[0]
