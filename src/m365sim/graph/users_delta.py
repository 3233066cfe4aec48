"""GET /users/delta: a first full round, then what changed (facts.md 3)."""

import re
from dataclasses import dataclass

from m365sim.graph import odata
from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.render_users import DEFAULT, getters_of, user_json
from m365sim.world import directory
from m365sim.world.records import User

TOKEN_LIFE = 7 * 24 * 3600
_ID = re.compile(r"id\s+eq\s+'([^']+)'", re.IGNORECASE)
MAX_IDS = 50


@dataclass(slots=True)
class _Round:
    """Where a client is: `at` counts the first round, `sequence` is its place in the log of changes."""

    names: list[str]
    ids: list[str]
    top: int
    sequence: int
    at: int | None

    def token(self, issued_at: float) -> str:
        return odata.make_token(
            {
                "s": self.names,
                "i": self.ids,
                "t": self.top,
                "q": self.sequence,
                "a": self.at,
                "n": int(issued_at),
            }
        )


def delta(call: Call) -> Answer:
    """One page of a round."""
    position = _position(call)
    if position.at is not None:
        return _first_round(call, position)
    return _changes(call, position)


def _first_round(call: Call, position: _Round) -> Answer:
    """Everybody who is there; changes made meanwhile come with the delta link."""
    people = call.world.user_list
    found: list[User] = []
    at = position.at or 0
    local = (None, call.world.tenant.id)
    while at < len(people) and len(found) < position.top:
        user = people[at]
        at += 1
        wanted = not position.ids or user.id in position.ids
        if wanted and not user.deleted and user.home_tenant in local:
            found.append(user)
    position.at = at if at < len(people) else None
    getters = getters_of(tuple(position.names))
    return _page(call, position, [{name: get(user) for name, get in getters} for user in found])


def _changes(call: Call, position: _Round) -> Answer:
    changed = directory.changed_since(call.world, position.sequence)
    if position.ids:
        changed = [user for user in changed if user.id in position.ids]
    page = changed[: position.top]
    more = len(changed) > len(page)
    position.sequence = page[-1].sequence if more else call.world.tenant.directory_sequence
    return _page(call, position, [_changed(user, position.names) for user in page], more=more)


def _changed(user: User, names: list[str]) -> Json:
    if user.deleted:
        return {"id": user.id, "@removed": {"reason": "deleted" if user.purged else "changed"}}
    return user_json(user, names)


def _page(call: Call, position: _Round, value: list[Json], *, more: bool = False) -> Answer:
    body: Json = {"@odata.context": call.context("users")}
    unfinished = more or position.at is not None
    option = "$skiptoken" if unfinished else "$deltatoken"
    address = f"{call.base}/users/delta?{option}={position.token(call.world.clock.now())}"
    body["@odata.nextLink" if unfinished else "@odata.deltaLink"] = address
    body["value"] = value
    return Answer(body=body)


def _position(call: Call) -> _Round:
    token = call.query.get("$deltatoken") or call.query.get("$skiptoken")
    if token == "latest":  # noqa: S105 - a documented word: only changes from now on
        return _Round(_names(call), [], _top(call), call.world.tenant.directory_sequence, None)
    if token:
        return _from_token(call, token)
    unsupported = {"$orderby", "$search", "$count"} & call.query.keys()
    if unsupported:
        raise bad_request(f"Query option '{min(unsupported)}' is not supported in delta queries.")
    return _Round(_names(call), _ids(call), _top(call), call.world.tenant.directory_sequence, 0)


def _from_token(call: Call, token: str) -> _Round:
    content = odata.read_token(token)
    names, ids, top, sequence, at, issued = (content.get(key) for key in "sitqan")
    if not (
        isinstance(names, list)
        and isinstance(ids, list)
        and isinstance(top, int)
        and isinstance(sequence, int)
        and isinstance(issued, int)
    ):
        raise _lost(call)
    # A token of before a reset, or older than a week, cannot be continued.
    if issued + TOKEN_LIFE < call.world.clock.now() or sequence > call.world.tenant.directory_sequence:
        raise _lost(call)
    return _Round(
        [str(name) for name in names], [str(item) for item in ids], top, sequence, at if isinstance(at, int) else None
    )


def _lost(call: Call) -> GraphError:
    """The client has to start over."""
    if call.world.switches.expired_delta_status == 410:
        where = {"Location": f"{call.base}/users/delta?$deltatoken=&$skiptoken="}
        return GraphError(410, "syncStateNotFound", "The sync state generation is not found; resync.", headers=where)
    return GraphError(400, "syncStateNotFound", "The sync state generation is not found; resync.")


def _names(call: Call) -> list[str]:
    names = odata.selected(call) or list(DEFAULT)
    return names if "id" in names else [*names, "id"]


def _ids(call: Call) -> list[str]:
    text = call.query.get("$filter")
    if text is None:
        return []
    ids = [found.lower() for found in _ID.findall(text)]
    rest = re.sub(r"\s+or\s+", "", _ID.sub("", text), flags=re.IGNORECASE).strip(" ()")
    if not ids or rest:
        raise bad_request("Only 'id eq' filters are supported in delta queries.")
    if len(ids) > MAX_IDS:
        raise bad_request(f"The filter has too many ids: at most {MAX_IDS} are supported.")
    return ids


def _top(call: Call) -> int:
    preferred = re.search(r"odata\.maxpagesize=(\d+)", call.prefers)
    text = call.query.get("$top") or (preferred[1] if preferred else "100")
    if not text.isdigit() or not 1 <= int(text) <= 999:
        raise GraphError(
            400,
            "Request_BadRequest",
            f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.",
        )
    return int(text)
