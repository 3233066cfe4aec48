"""POST /$batch: up to twenty requests in one, each judged on its own (facts.md 8)."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from itertools import pairwise

import msgspec
from msgspec import Struct, field

from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.errors import bad_request
from m365sim.graph.gate import HttpRequest, HttpResponse

MAX_REQUESTS = 20
_HOP_HEADERS = ("authorization", "host", "consistencylevel")
Handle = Callable[[HttpRequest], Awaitable[HttpResponse]]


class Item(Struct):
    """One request of a batch."""

    id: str = ""
    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b""))
    depends_on: list[str] = field(name="dependsOn", default_factory=list)


class Body(Struct):
    """The batch."""

    requests: list[Item] = field(default_factory=list)


class Batch:
    """The operation; `handle` is the gate itself."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    async def run(self, call: Call) -> Answer:
        """Answer every request; the outer answer is 200 as long as the batch makes sense."""
        items = call.read(Body).requests
        _check(items)
        if not call.world.switches.mixed_batches:
            _check_one_kind(items)
        done: dict[str, Json] = {}
        waiting = list(items)
        while waiting:
            ready = [item for item in waiting if all(name in done for name in item.depends_on)]
            answers = await asyncio.gather(*(self._one(call, item, done) for item in ready))
            done |= {item.id: answer for item, answer in zip(ready, answers, strict=True)}
            waiting = [item for item in waiting if item.id not in done]
        return Answer(body={"responses": list(done.values())})

    async def _one(self, call: Call, item: Item, done: dict[str, Json]) -> Json:
        if any(_failed(done[name]) for name in item.depends_on):
            error = {"error": {"code": "FailedDependency", "message": "A request that this one depends on failed."}}
            return {"id": item.id, "status": 424, "headers": {}, "body": error}
        response = await self._handle(_request(call, item))
        headers = {name: value for name, value in response.headers.items() if name != "Date"}
        answer: Json = {"id": item.id, "status": response.status, "headers": headers}
        if response.body:
            is_json = response.headers.get("Content-Type", "").startswith("application/json")
            answer["body"] = msgspec.Raw(response.body) if is_json else base64.b64encode(response.body).decode()
        return answer


def _request(call: Call, item: Item) -> HttpRequest:
    path, _, query = item.url.lstrip("/").partition("?")
    origin, _, version = call.base.rpartition("/")
    headers = {name: value for name, value in call.headers.items() if name in _HOP_HEADERS}
    headers |= {name.lower(): value for name, value in item.headers.items()}
    return HttpRequest(item.method.upper(), origin, version, path, query, headers, bytes(item.body))


def _failed(answer: Json) -> bool:
    status = answer["status"]
    return isinstance(status, int) and status >= 400


def _check_one_kind(items: list[Item]) -> None:
    """No request depends on another, each on the one before it, or all on the first (facts.md 8)."""
    if not any(item.depends_on for item in items):
        return
    chain = all(item.depends_on == [before.id] for before, item in pairwise(items))
    on_first = all(item.depends_on == [items[0].id] for item in items[1:])
    if items[0].depends_on or not (chain or on_first):
        raise bad_request("A batch is parallel, or each request depends on the one before it, or all on the first.")


def _check(items: list[Item]) -> None:
    if not items:
        raise bad_request("The batch request must contain at least one request.")
    if len(items) > MAX_REQUESTS:
        raise bad_request(f"The number of batch requests exceeds the maximum of {MAX_REQUESTS}.")
    ids = [item.id for item in items]
    if "" in ids or len(set(ids)) != len(ids):
        raise bad_request("Every request in a batch needs an id of its own.")
    before: set[str] = set()
    for item in items:
        if not item.method or not item.url:
            raise bad_request(f"The batch request '{item.id}' needs a method and a url.")
        if item.url.startswith(("http:", "https:")) or item.url.lstrip("/").lower().startswith("$batch"):
            raise bad_request(f"The url of the batch request '{item.id}' must be relative.")
        # A dependency on a later one could never be met in order.
        if not before.issuperset(item.depends_on):
            raise bad_request(f"The batch request '{item.id}' depends on one that does not come before it.")
        before.add(item.id)
