"""Everything that somebody can read in all chats, for applications: getAllMessages and its delta (facts.md 6.3)."""

from m365sim.clock import parse_time
from m365sim.graph import odata
from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.chats import own_user
from m365sim.graph.errors import bad_request
from m365sim.graph.messages import MAX_PAGE, view_of
from m365sim.graph.render import message_json
from m365sim.world.records import User
from m365sim.world.talk import Message

#: Only the last eight months are there.
REACHES_BACK = 240 * 24 * 3600 * 1000


def all_messages(call: Call) -> Answer:
    """GET /users/{id}/chats/getAllMessages, oldest first."""
    user = own_user(call)
    page = odata.read_page(call, default=call.world.switches.messages_page, limit=MAX_PAGE)
    low, high = _interval(call)
    found = sorted(
        (message for message in _readable(call, user) if low < message.modified_ms < high),
        key=lambda message: (message.created_ms, message.key),
    )
    at = page.token.get("at") if page.token else 0
    if not isinstance(at, int):
        raise bad_request("The $skiptoken is invalid.")
    part = found[at : at + page.top]
    next_link = None
    if at + page.top < len(found):
        next_link = odata.link(call, {"$skiptoken": odata.make_token({"at": at + page.top})})
    return Answer(body=odata.collection(_context(call), _rendered(call, part), next_link, len(part)))


def delta(call: Call) -> Answer:
    """GET /users/{id}/chats/getAllMessages/delta: everything once, then what changed.

    A message that changes moves to the end of the order by modification, so a place in that order is all that a token
    has to remember; `seen` are the messages of that very millisecond.
    """
    user = own_user(call)
    top, since, seen = _place(call)
    found = sorted(
        (item for item in _readable(call, user) if item.modified_ms >= since and item.key not in seen),
        key=lambda message: (message.modified_ms, message.key),
    )
    part = found[:top]
    if part:
        last = part[-1].modified_ms
        seen = [*(seen if last == since else ()), *(item.key for item in part if item.modified_ms == last)]
        since = last
    token = odata.make_token({"t": top, "m": since, "s": seen})
    more = len(found) > len(part)
    option, name = ("$skiptoken", "nextLink") if more else ("$deltatoken", "deltaLink")
    path = "/".join(call.path)
    body: Json = {"@odata.context": _context(call), f"@odata.{name}": f"{call.base}/{path}?{option}={token}"}
    body["value"] = _rendered(call, part)
    return Answer(body=body)


def _place(call: Call) -> tuple[int, int, list[str]]:
    """How many at once, from which millisecond on, and what of that was told already."""
    token = call.query.get("$deltatoken") or call.query.get("$skiptoken")
    if token is None:
        low, _ = _interval(call)
        return odata.read_page(call, default=call.world.switches.messages_page, limit=MAX_PAGE).top, int(low) + 1, []
    content = odata.read_token(token)
    top, since, seen = (content.get(key) for key in "tms")
    if not (isinstance(top, int) and isinstance(since, int) and isinstance(seen, list)):
        raise bad_request("The $skiptoken or $deltatoken is invalid.")
    return top, since, [str(key) for key in seen]


def _readable(call: Call, user: User) -> list[Message]:
    chats = call.world.chats_of.get(user.id, {})
    oldest = call.world.clock.now_ms() - REACHES_BACK
    return [
        message
        for chat_id in chats
        for message in call.world.messages.get(chat_id, {}).values()
        if message.created_ms >= oldest
    ]


def _interval(call: Call) -> tuple[float, float]:
    """$filter by lastModifiedDateTime, as milliseconds."""
    low, high = 0.0, float("inf")
    text = call.query.get("$filter")
    for part in odata.read_filter(text)[0] if text else ():
        if part.left != "lastModifiedDateTime" or part.operator not in ("gt", "lt"):
            raise bad_request(f"QueryOptions to filter by '{part.left} {part.operator}' is not supported.")
        try:
            moment = round(parse_time(part.right) * 1000, 3)
        except ValueError as trouble:
            raise bad_request(f"Invalid date and time '{part.right}' in $filter.") from trouble
        low, high = (moment, high) if part.operator == "gt" else (low, moment)
    return low, high


def _context(call: Call) -> str:
    return call.context("Collection(chatMessage)")


def _rendered(call: Call, part: list[Message]) -> list[Json]:
    view = view_of(call)
    kind: Json = {"@odata.type": "#microsoft.graph.chatMessage"}
    return [kind | message_json(message, view) for message in part]
