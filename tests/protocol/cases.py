"""Every kind of event as a golden case: what a workspace holds before it, and what it holds afterwards.

Both are said here in the product's own models; web/ proves its `applyEvent` with the same files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deskbridge.accounts.events import AccountChanged, MeChanged
from deskbridge.accounts.model import Account, AccountId, License, Role, Status, User, UserId
from deskbridge.api.models import Snapshot
from deskbridge.conversations.events import ConversationChanged, MessageChanged, MessagesDeleted
from deskbridge.conversations.model import (
    Author,
    Change,
    ChangeKind,
    Conversation,
    ConversationId,
    Delivery,
    DeliveryState,
    Kind,
    Message,
    MessageId,
    MessageKind,
    Quote,
    Reaction,
    position_at,
    reaction_sentence,
)
from deskbridge.directory.model import Identity, IdentityId, Person, PersonId, Platform
from deskbridge.realtime.protocol import ConnectionChanged, feed_event
from deskbridge.teams.model import Connection, ConnectionState

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANNE, ROBIN = PersonId("person-anne"), PersonId("person-robin")
TALK = ConversationId("conversation-robin")


def at(minutes: int) -> datetime:
    """So many minutes past nine."""
    return NINE + timedelta(minutes=minutes)


ME = User(
    id=UserId("user-anne"),
    account_id=AccountId("account-contoso"),
    username="anne",
    display_name="Anne Baker",
    email="anne@contoso.example",
    role=Role.AGENT,
    licenses=[License.CONTACT_CENTER],
    status=Status.AVAILABLE,
    status_since=NINE,
)
ACCOUNT = Account(
    id=AccountId("account-contoso"),
    name="Contoso",
    teams_chat_enabled=True,
    agent_status_in_teams=False,
    second_factor_required=False,
    files_to_teams=False,
)
CONNECTED = Connection(
    state=ConnectionState.CONNECTED, microsoft_name="Anne Baker", microsoft_username="anne@contoso.example", since=NINE
)


def person(person_id: PersonId, name: str, *platforms: Platform) -> Person:
    """Somebody in the directory."""
    identities = [
        Identity(
            id=IdentityId(f"{person_id}-{platform}"),
            platform=platform,
            display_name=name,
            address=None,
            job_title="Dispatcher",
            department=None,
        )
        for platform in platforms
    ]
    return Person(id=person_id, display_name=name, job_title="Dispatcher", department=None, identities=identities)


def message(number: int, text: str, revision: int, **changes: Any) -> Message:
    """Robin's message of that minute."""
    whole: dict[str, Any] = {
        "id": MessageId(f"message-{number}"),
        "conversation_id": TALK,
        "client_id": None,
        "position": position_at(at(number)),
        "revision": revision,
        "kind": MessageKind.MESSAGE,
        "author": Author(person_id=ROBIN, user_id=None, display_name="Robin Miller", platform=Platform.TEAMS),
        "html": f"<p>{text}</p>" if text else "",
        "text": text,
        "attachments": [],
        "created_at": at(number),
        "edited_at": None,
        "deleted_at": None,
        "refers_to": None,
        "quote": None,
        "reactions": [],
        "deliveries": [],
        "changes": [],
    }
    return Message(**(whole | changes))


def mine(number: int, text: str, revision: int, state: DeliveryState, reason: str | None = None) -> Message:
    """What Anne wrote, and how far it has come."""
    author = Author(person_id=ANNE, user_id=ME.id, display_name="Anne Baker", platform=Platform.CONTACT_CENTER)
    delivery = Delivery(platform=Platform.TEAMS, state=state, reason=reason, changed_at=at(number + revision))
    return message(number, text, revision, author=author, client_id=f"client-{number}", deliveries=[delivery])


def talk(revision: int, last: Message | None, unread: int = 0, up_to: int = 0) -> Conversation:
    """Anne's conversation with Robin."""
    return Conversation(
        id=TALK,
        kind=Kind.MESSENGER,
        revision=revision,
        person=person(ROBIN, "Robin Miller", Platform.TEAMS),
        reaches=[Platform.TEAMS],
        started_at=NINE,
        last_message=last,
        unread=unread,
        complete_up_to=at(up_to),
    )


OTHER = Conversation(
    id=ConversationId("conversation-ben"),
    kind=Kind.AGENT,
    revision=1,
    person=person(PersonId("person-ben"), "Ben Carter", Platform.CONTACT_CENTER),
    reaches=[Platform.CONTACT_CENTER],
    started_at=NINE,
    last_message=None,
    unread=0,
    complete_up_to=None,
)

HELLO, LATER = message(1, "Hello Anne", 2), message(4, "Still there?", 5)
SENDING = mine(2, "On my way", 3, DeliveryState.QUEUED)


@dataclass(frozen=True)
class World:
    """What a workspace holds."""

    conversations: tuple[Conversation, ...] = (talk(5, LATER),)
    messages: tuple[Message, ...] | None = (HELLO, SENDING, LATER)
    me: User = ME
    account: Account = ACCOUNT
    connection: Connection = CONNECTED

    def plain(self) -> dict[str, Any]:
        """As the browser has it; the messages of a conversation that was not opened are not there."""
        snapshot = Snapshot(
            version="e0.7",
            me=self.me,
            my_person_id=ANNE,
            account=self.account,
            connection=self.connection,
            conversations=list(self.conversations),
            file_limit_mb=25,
            drawer_key="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        )
        held = {} if self.messages is None else {TALK: [each.model_dump(mode="json") for each in self.messages]}
        return snapshot.model_dump(mode="json") | {"messages": held}


@dataclass(frozen=True)
class Case:
    """One golden file."""

    name: str
    before: World
    event: MessageChanged | ConversationChanged | MessagesDeleted | MeChanged | ConnectionChanged | AccountChanged
    after: World

    def plain(self) -> dict[str, Any]:
        """What the file says."""
        event = feed_event.dump_python(self.event, mode="json")
        return {"name": self.name, "before": self.before.plain(), "event": event, "after": self.after.plain()}


_WAITS: dict[str, Any] = {
    "reaction": None,
    "platform": Platform.TEAMS,
    "state": DeliveryState.QUEUED,
    "reason": None,
    "changed_at": at(6),
}


def _mine_with(revision: int, change: Change) -> Message:
    """Anne's message, with something done to it that is not in Teams yet."""
    gone = change.kind is ChangeKind.DELETION
    text = "" if gone else "On my way now"
    done = {"deleted_at": at(6)} if gone else {"edited_at": at(6)}
    sent = mine(2, text, revision, DeliveryState.SENT)
    return sent.model_copy(update={**done, "changes": [change]})


def _changed(name: str, now: Message) -> Case:
    """A held message in a newer state, or a new one in its place."""
    held = {each.id: each for each in (HELLO, SENDING, LATER)} | {now.id: now}
    messages = tuple(sorted(held.values(), key=lambda each: each.position))
    last = now if now.id == LATER.id else LATER
    return Case(name, World(), MessageChanged(message=now), World((talk(5, last),), messages))


def _of_messages() -> Iterator[Case]:
    quoted = reaction_sentence("Ada", "👍", LATER.text)
    ada = Author(person_id=None, user_id=None, display_name="Ada", platform=Platform.TEAMS)
    yield _changed("message is new", message(6, "One more thing", 6))
    yield _changed("message that comes late stands where it was said", message(3, "I said this before", 6))
    yield _changed("message is edited", message(1, "Hello Anne!", 6, edited_at=at(6)))
    yield _changed("last message is edited", message(4, "Are you there?", 6, edited_at=at(6)))
    answer = Quote(message_id=LATER.id, author_name="Robin Miller", text=LATER.text)
    yield _changed("message answers another", message(6, "I am", 6, refers_to=LATER.id, quote=answer))
    yield _changed("message is deleted", message(4, "", 6, deleted_at=at(6)))
    yield _changed(
        "message is reacted to", message(4, LATER.text, 6, reactions=[Reaction(reaction="👍", by=["Ada"], user_ids=[])])
    )
    told = {"kind": MessageKind.REACTION, "html": "", "refers_to": LATER.id, "author": ada}
    yield _changed("reaction is an individual message", message(6, quoted, 6, **told))
    yield _changed("message is sent", mine(2, "On my way", 6, DeliveryState.SENT))
    yield _changed("message failed", mine(2, "On my way", 6, DeliveryState.FAILED, "Robin cannot be reached."))
    yield _changed("message waits", mine(2, "On my way", 6, DeliveryState.QUEUED, "Sign in to Microsoft again."))
    yield _changed("own edit is on its way", _mine_with(6, Change(kind=ChangeKind.EDIT, **_WAITS)))
    refused = {**_WAITS, "state": DeliveryState.FAILED, "reason": "Microsoft Teams refused it."}
    yield _changed("own deletion failed", _mine_with(6, Change(kind=ChangeKind.DELETION, **refused)))
    reaction = Change(kind=ChangeKind.REACTION, **{**_WAITS, "reaction": "👍"})
    liked = [Reaction(reaction="👍", by=["Anne Baker"], user_ids=[ME.id])]
    yield _changed("own reaction is on its way", message(4, LATER.text, 6, reactions=liked, changes=[reaction]))
    for name, revision in (("older", 1), ("same", HELLO.revision)):
        stale = message(1, "Hello", revision)
        yield Case(f"message of the {name} revision is ignored", World(), MessageChanged(message=stale), World())
    deleted = World((talk(6, gone := message(4, "", 6, deleted_at=at(6))),), (HELLO, SENDING, gone))
    back = message(4, LATER.text, 7)
    restored = World((talk(6, back),), (HELLO, SENDING, back))
    yield Case("message is brought back", deleted, MessageChanged(message=back), restored)
    closed, edited = World(messages=None), message(4, "Are you there?", 6, edited_at=at(6))
    unopened = World((talk(5, edited),), None)
    yield Case("message of a conversation that was not opened", closed, MessageChanged(message=edited), unopened)


def _of_conversations() -> Iterator[Case]:
    yield Case("conversation is new", World(), ConversationChanged(conversation=OTHER), World((talk(5, LATER), OTHER)))
    unread = talk(6, message(6, "One more thing", 6), unread=1)
    yield Case("conversation has something unread", World(), ConversationChanged(conversation=unread), World((unread,)))
    before, read = World((OTHER, unread)), talk(7, unread.last_message)
    yield Case("conversation was read", before, ConversationChanged(conversation=read), World((OTHER, read)))
    complete = talk(6, LATER, up_to=30)
    yield Case(
        "conversation is complete up to", World(), ConversationChanged(conversation=complete), World((complete,))
    )
    for name, revision in (("older", 4), ("same", 5)):
        stale = ConversationChanged(conversation=talk(revision, HELLO, unread=9))
        yield Case(f"conversation of the {name} revision is ignored", World(), stale, World())


def _of_deletions() -> Iterator[Case]:
    gone = MessagesDeleted(conversation_id=TALK, message_ids=[HELLO.id, MessageId("message-never-loaded")])
    yield Case("messages are no longer kept", World(), gone, World(messages=(SENDING, LATER)))
    shut = World(messages=None)
    yield Case("messages of a conversation that was not opened are no longer kept", shut, gone, shut)
    said = talk(6, LATER).model_copy(update={"deleted_before": at(2), "deleted_after_days": 30})
    yield Case("conversation says what is deleted", World(), ConversationChanged(conversation=said), World((said,)))


def _of_the_rest() -> Iterator[Case]:
    busy = ME.model_copy(update={"status": Status.BUSY, "status_since": at(5)})
    yield Case("me changed", World(), MeChanged(me=busy), World(me=busy))
    lost = Connection(
        state=ConnectionState.LOST,
        microsoft_name="Anne Baker",
        microsoft_username="anne@contoso.example",
        since=NINE,
        reason="revoked",
        remedy="Sign in to Microsoft again.",
    )
    yield Case("connection is lost", World(), ConnectionChanged(connection=lost), World(connection=lost))
    yield Case("connection is made", World(connection=lost), ConnectionChanged(connection=CONNECTED), World())
    off = ACCOUNT.model_copy(update={"teams_chat_enabled": False})
    yield Case("account switches teams chat off", World(), AccountChanged(account=off), World(account=off))


def all_cases() -> dict[str, Case]:
    """By the name of the file."""
    cases = (*_of_messages(), *_of_conversations(), *_of_deletions(), *_of_the_rest())
    return {f"{case.name.replace(' ', '-')}.json": case for case in cases}
