"""Who is connected to this process, and what they are to hear: their own feed, and presence of whom they watch."""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from deskbridge.accounts.model import AccountId, User, UserId
from deskbridge.directory.model import IdentityId, PersonId
from deskbridge.events import Bus
from deskbridge.presence import board
from deskbridge.presence.board import Board
from deskbridge.presence.model import IdentityPresence, in_json
from deskbridge.realtime.protocol import DirectoryChanged, TypingNow, server_frame
from deskbridge.realtime.turns import Turns
from deskbridge.storage.feed import BREAK

MOST_WAITING = 2_000
"""Frames that a slow browser may leave waiting; then it is disconnected and resumes from its version."""

K = TypeVar("K")

_FEW = 20
_PRESENCES_WAIT = "presences"
"""Stands in the queue for whatever is told of presence until its turn comes."""
_DIRECTORY_CHANGED = server_frame.dump_json(DirectoryChanged()).decode()


def _nobody() -> None:
    """Before a socket attends to its client."""


class Client:
    """One connected tab: what it has heard, whom it watches, and the frames that wait to be sent."""

    __slots__ = (
        "_presences",
        "_told_meanwhile",
        "asked",
        "behind",
        "doubtful",
        "live",
        "number",
        "overflowed",
        "user",
        "waiting",
        "wake",
        "watched",
    )

    def __init__(self, user: User) -> None:
        self.user = user
        # Until its hello nothing is behind it.
        self.number = sys.maxsize
        self.live = False
        self.watched: frozenset[PersonId] = frozenset()
        self.waiting: list[str] = []
        self._presences: dict[IdentityId, str] = {}
        self._told_meanwhile: set[IdentityId] | None = None
        self.behind = False
        """Something is to be told from the database."""
        self.doubtful = False
        """Sessions of this User have ended; whether this tab's has, it asks."""
        self.overflowed = False
        self.asked = True
        """Since it was last looked whether it asks by itself, with its pings."""
        self.wake: Callable[[], None] = _nobody
        """Called when one of these says that there is something to do."""

    def put(self, frame: str) -> None:
        """Send soon; a browser that does not keep up is let go."""
        if len(self.waiting) < MOST_WAITING:
            self.waiting.append(frame)
        else:
            self.overflowed = True
        self.wake()

    def fall_behind(self) -> None:
        """What is told now does not follow what it has heard: the database tells the rest."""
        self.live = False
        self.behind = True
        self.wake()

    def put_presences(self, presences: Mapping[IdentityId, str]) -> None:
        """Send soon, with what else is told until then; a slow browser only gets the newest of each."""
        if self._told_meanwhile is not None:
            self._told_meanwhile.update(presences)
        if not self._presences:
            self.put(_PRESENCES_WAIT)
        self._presences.update(presences)

    def look_up_presences(self) -> None:
        """From now on the database is asked whose presence is what; what is told meanwhile is newer."""
        self._told_meanwhile = set()

    def put_looked_up(self, presences: Mapping[IdentityId, str]) -> None:
        """What the database knew when it was asked."""
        newer = self._told_meanwhile or set[IdentityId]()
        self._told_meanwhile = None
        self.put_presences({each: said for each, said in presences.items() if each not in newer})

    def take(self, at_most: int) -> list[str]:
        """The next frames that are to be sent."""
        frames, self.waiting = self.waiting[:at_most], self.waiting[at_most:]
        for place, frame in enumerate(frames):
            if frame is _PRESENCES_WAIT:
                presences, self._presences = self._presences, {}
                frames[place] = presence_frame(presences.values())
        return frames


def event_frame(epoch: str, number: int, event: str) -> str:
    """One event of the feed; it was validated when it was emitted, so it is not parsed again."""
    return f'{{"type":"event","version":"{epoch}.{number}","event":{event}}}'


class Hub:
    """One per process; hears the bus and hands on."""

    def __init__(self, bus: Bus, board: Board) -> None:
        self._bus = bus
        board.on_changed = self._tell_presence
        self._by_user: dict[UserId, set[Client]] = defaultdict(set)
        self._by_account: dict[AccountId, set[Client]] = defaultdict(set)
        self._watchers: dict[tuple[AccountId, PersonId], set[Client]] = defaultdict(set)
        self._endings: list[Callable[[], Awaitable[None]]] = []
        self.turns = Turns()
        self.epoch = ""
        self.attendance_changed = asyncio.Event()

    async def open(self, epoch: str) -> None:
        """Start to hear."""
        self.epoch = epoch
        self._endings = [
            await self._bus.subscribe("feed.*", self._on_feed),
            await self._bus.subscribe("presence.*", self._on_presence),
            await self._bus.subscribe("directory.*", self._on_directory),
            await self._bus.subscribe("sessions_ended.*", self._on_sessions_ended),
            await self._bus.subscribe("typing.*", self._on_typing),
        ]

    async def close(self) -> None:
        """Hear no more; also when it has ended before."""
        endings, self._endings = self._endings, []
        for end in endings:
            await end()

    @property
    def connected(self) -> int:
        """How many tabs are connected to this process."""
        return sum(len(clients) for clients in self._by_user.values())

    @property
    def watched(self) -> frozenset[tuple[AccountId, PersonId]]:
        """Whom some tab of this process has on screen."""
        return frozenset(self._watchers)

    @property
    def users(self) -> frozenset[UserId]:
        """Who has a tab connected to this process."""
        return frozenset(self._by_user)

    def join(self, client: Client) -> None:
        """A tab has connected."""
        self._by_user[client.user.id].add(client)
        self._by_account[client.user.account_id].add(client)
        self.attendance_changed.set()

    def leave(self, client: Client) -> None:
        """A tab is gone; also when that was said before."""
        if client not in self._by_user.get(client.user.id, ()):
            return
        self.watch(client, ())
        _take_out(self._by_user, client.user.id, client)
        _take_out(self._by_account, client.user.account_id, client)
        self.attendance_changed.set()

    def watch(self, client: Client, person_ids: Iterable[PersonId]) -> None:
        """The people whom that tab has on screen now."""
        wanted = frozenset(person_ids)
        account_id = client.user.account_id
        for person_id in client.watched - wanted:
            _take_out(self._watchers, (account_id, person_id), client)
        for person_id in wanted - client.watched:
            self._watchers[account_id, person_id].add(client)
        client.watched = wanted
        self.attendance_changed.set()

    def tell_typing(self, users: Iterable[UserId], sign: TypingNow) -> None:
        """Wherever these are connected."""
        frame = sign.model_dump_json().encode()
        for user_id in users:
            self._bus.publish(f"typing.{user_id}", frame)

    def _on_typing(self, channel: str, payload: bytes) -> None:
        for client in self._by_user.get(UserId(channel.removeprefix("typing.")), ()):
            # Who is not up to date, or does not keep up, has more important things to hear.
            if client.live and len(client.waiting) < _FEW:
                client.put(payload.decode())

    def _on_feed(self, channel: str, payload: bytes) -> None:
        user_id = UserId(channel.removeprefix("feed.user."))
        clients = self._by_user.get(user_id)
        if not clients:
            return
        number_text, _, event = payload.decode().partition(" ")
        number = int(number_text)
        frame = event_frame(self.epoch, number, event)
        for client in clients:
            if client.live and number == client.number + 1 and event != BREAK:
                client.number = number
                client.put(frame)
            elif number > client.number:
                # Something between was missed or is told to nobody, or it still catches up.
                client.fall_behind()

    def _on_presence(self, channel: str, payload: bytes) -> None:
        self._tell_presence(AccountId(channel.removeprefix("presence.")), board.decode(payload))

    def _tell_presence(self, account_id: AccountId, changed: Sequence[IdentityPresence]) -> None:
        mine: dict[Client, dict[IdentityId, str]] = defaultdict(dict)
        for said in changed:
            if watchers := self._watchers.get((account_id, said.person_id)):
                # Written once, whoever looks.
                text = in_json(said)
                for client in watchers:
                    mine[client][said.identity_id] = text
        for client, presences in mine.items():
            client.put_presences(presences)

    def _on_sessions_ended(self, channel: str, payload: bytes) -> None:
        for client in [*self._by_user.get(UserId(channel.removeprefix("sessions_ended.")), ())]:
            client.doubtful = True
            client.wake()

    def doubt_silent(self) -> None:
        """Have those asked for whose session has ended who did not ask since this was called last.

        A workspace asks by itself, three times a minute. Whoever does not would hear everything for ever: that a
        session ran out is told to nobody, and what another process tells can be lost.
        """
        for client in [each for clients in self._by_user.values() for each in clients]:
            if not client.asked:
                client.doubtful = True
                client.wake()
            client.asked = False

    def _on_directory(self, channel: str, payload: bytes) -> None:
        for client in self._by_account.get(AccountId(channel.removeprefix("directory.")), ()):
            client.put(_DIRECTORY_CHANGED)


def _take_out(index: dict[K, set[Client]], key: K, client: Client) -> None:
    clients = index[key]
    clients.discard(client)
    if not clients:
        del index[key]


def presence_frame(presences: Iterable[str]) -> str:
    """PresenceChanged, of watched people, each as it is in JSON already."""
    return f'{{"type":"presence","presences":[{",".join(presences)}]}}'
