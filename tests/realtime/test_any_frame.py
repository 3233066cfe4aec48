"""Whatever a browser says over the WebSocket, it is done or answered in words; the connection and the product go on."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest
import websockets
from hypothesis import HealthCheck, example, given
from hypothesis import settings as how
from hypothesis import strategies as some

from deskbridge.api.desk import Desk
from deskbridge.settings import Settings
from support.agents import Agent, Feed
from support.builders import make_account, make_user

Browsers = Callable[[], Agent]
KINDS = ["hello", "watch", "ping", "send", "typing"]
KNOWN = ["EPOCH", "CONVERSATION", "MESSAGE", "PERSON"]
"""Words that stand for what there is."""
ODD = ["", "\x00", "1" * 5000, "EPOCH.", "EPOCH.-1", "EPOCH." + "9" * 30, "EPOCH." + "1" * 5000, "EPOCH.٣"]
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
texts = some.sampled_from(KNOWN + ODD) | some.text(max_size=30)
broken = texts | some.just("half a sign: \ud83d")
uuids = some.uuids().map(str) | some.sampled_from(["-" * 36, "A" * 36])


def frame(kind: str, **fields: Any) -> some.SearchStrategy[dict[str, Any]]:
    """One that says so, mostly as it should."""
    return some.fixed_dictionaries({"type": some.just(kind), **fields})


WELL_FORMED = (
    frame("hello", version=texts)
    | frame("ping", version=texts)
    | frame("watch", person_ids=some.lists(texts, max_size=6))
    | frame("typing", conversation_id=texts)
    | frame("send", conversation_id=texts, client_id=uuids, text=broken)
    | frame("send", conversation_id=texts, client_id=uuids, text=broken, html=broken, reply_to=texts,
            files=some.lists(texts, max_size=3))
)  # fmt: skip
FIELDS = ["version", "person_ids", "conversation_id", "client_id", "text", "html", "reply_to", "files", "other"]
ODD_ONES = some.builds(
    lambda kind, fields: {"type": kind} | fields,
    some.sampled_from(KINDS) | JSON,
    some.dictionaries(some.sampled_from(FIELDS), JSON | texts, max_size=4),
)


class Tab:
    """One long-lived connection; only nonsense ends it, and then another is begun."""

    def __init__(self, anne: Agent, known: dict[str, str]) -> None:
        self._anne = anne
        self._known = known
        self._feed: Feed | None = None
        self.begun = 0

    async def say(self, *frames: Any, waits_for: Iterable[str] = ()) -> list[Any]:
        """What is answered until all has been heard and something said under each id; `[4400]`: told to go."""
        if self._feed is None:
            url = self._anne.base.replace("http", "ws", 1) + "/api/v1/realtime"
            cookie = "; ".join(f"{name}={value}" for name, value in self._anne.http.cookies.items())
            headers = {"Cookie": cookie, "Origin": self._anne.base}
            self._feed = Feed(await websockets.connect(url, additional_headers=headers))
            self.begun += 1
        # It lacks all that is to be sent, and is answered at once.
        last = str(uuid.uuid4())
        missing = {last, *waits_for}

        def was_the_last(each: Any) -> bool:
            missing.discard(each.get("client_id"))
            return not missing

        self._feed.seen.clear()
        try:
            for each in frames:
                await self._feed.socket.send(self._meant(each))
            await self._feed.socket.send(json.dumps({"type": "send", "client_id": last}))
            await self._feed.until(was_the_last)
        except websockets.ConnectionClosed as ended:
            self._feed = None
            return [ended.rcvd.code if ended.rcvd else None]
        return self._feed.seen

    def _meant(self, frame: Any) -> str:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        for word, means in self._known.items():
            text = text.replace(word, means)
        return text

    async def close(self) -> None:
        """The tab is closed."""
        if self._feed is not None:
            await self._feed.socket.close()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"rate_limit_user": 0})


@pytest.fixture
async def tab(desk: Desk, browser_of: Browsers) -> AsyncIterator[Tab]:
    account = await make_account(desk)
    await make_user(desk, account)
    await make_user(desk, account, "Ben Carter")
    anne = browser_of()
    await anne.sign_in("anne")
    ben = await anne.find("ben")
    conversation = (await anne.start(ben["id"]))["id"]
    message = (await anne.send(conversation, "Hello"))["id"]
    known = dict(zip(KNOWN, (desk.db.epoch, conversation, message, ben["id"]), strict=True))
    tab = Tab(anne, known)
    yield tab
    await tab.close()


FEW = how(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
BAD = [
    {"type": "hello", "version": "EPOCH." + "1" * 5000},
    {"type": "hello", "version": "EPOCH." + "9" * 30},
    {"type": "typing", "conversation_id": "\x00"},
    {"type": "watch", "person_ids": ["\x00"]},
    {"type": "send", "conversation_id": "\x00", "client_id": "-" * 36, "text": "x"},
    {"type": "send", "conversation_id": "CONVERSATION", "client_id": "1" * 36, "text": "x\x00"},
    {"type": "send", "conversation_id": "CONVERSATION", "client_id": "2" * 36, "text": "\ud83d"},
    {"type": "send", "conversation_id": "CONVERSATION", "client_id": "3" * 36, "text": "x" * 100_001},
]
"""Each of these once ended the connection, or in a traceback."""


@FEW
@given(frames=some.lists(WELL_FORMED, min_size=1, max_size=8))
@example(BAD)
async def test_what_has_the_form_of_a_frame_never_ends_the_connection(tab: Tab, frames: list[Any]) -> None:
    sent = {each["client_id"] for each in frames if each["type"] == "send"}
    answers = await tab.say(*frames, waits_for=sent)
    assert all(isinstance(each, dict) for each in answers), answers
    assert all(each["message"] for each in answers if each["type"] == "refused")
    assert tab.begun == 1


@FEW
@given(said=ODD_ONES | JSON | some.text(max_size=50))
@example("[" * 5000)
@example("1" * 5000)
@example("")
async def test_what_is_no_frame_ends_the_connection_and_nothing_else(tab: Tab, said: Any) -> None:
    answers = await tab.say(said)
    assert answers == [4400] or all(isinstance(each, dict) for each in answers), answers
