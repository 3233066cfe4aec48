"""GET /users/delta: a first full round, then what changed (facts.md 3)."""

import re
from dataclasses import dataclass

from m365sim.graph import odata
from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.render_users import DEFAULT, PROPERTIES_OF, getters_of, user_json
from m365sim.world import directory
from m365sim.world.records import User

TOKEN_LIFE = 7 * 24 * 3600
_ID = re.compile(r"id\s+eq\s+'([^']+)'", re.IGNORECASE)
MAX_IDS = 50


@dataclass(slots=True)
class _Round:
    """Where a client is: `at` counts the first round, `sequence` is its place in the log of changes.

    `since` is where the round began: what changed before its place counts on later pages as well.
    """

    names: list[str]
    ids: list[str]
    top: int
    sequence: int
    at: int | None
    since: int = 0

    def token(self, issued_at: float) -> str:
        return odata.make_token(
            {
                "s": self.names,
                "i": self.ids,
                "t": self.top,
                "q": self.sequence,
                "f": self.since,
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
    value: list[Json] = [{name: get(user) for name, get in getters} for user in found]
    if _minimal(call):
        # What was never set has not changed either.
        value = [{name: item for name, item in user.items() if item is not None} for user in value]
    return _page(call, position, value)


def _changes(call: Call, position: _Round) -> Answer:
    since = position.since
    changed = directory.changed_since(call.world, position.sequence)
    if position.ids:
        changed = [user for user in changed if user.id in position.ids]
    # Only changes of what was selected are told.
    told = [(user, names) for user in changed if (names := _different(user, position.names, since)) is not None]
    page = told[: position.top]
    more = len(told) > len(page)
    position.sequence = page[-1][0].sequence if more else call.world.tenant.directory_sequence
    position.since = since if more else position.sequence
    value = [_changed(user, names if _minimal(call) else position.names) for user, names in page]
    return _page(call, position, value, more=more)


def _different(user: User, names: list[str], since: int) -> list[str] | None:
    """Which of the selected properties have changed; None when none has."""
    changed = {name for name, sequence in (user.changed or {"*": user.sequence}).items() if sequence > since}
    if "*" in changed or user.deleted:
        return names
    graph_names = {known for name in changed for known in PROPERTIES_OF.get(name, ())}
    found = [name for name in names if name in graph_names]
    return ["id", *found] if found else None


def _changed(user: User, names: list[str]) -> Json:
    if user.deleted:
        return {"id": user.id, "@removed": {"reason": "deleted" if user.purged else "changed"}}
    return user_json(user, names)


def _minimal(call: Call) -> bool:
    """Prefer: return=minimal: only the properties that have changed (facts.md 3)."""
    return "return=minimal" in call.prefers


def _page(call: Call, position: _Round, value: list[Json], *, more: bool = False) -> Answer:
    body: Json = {"@odata.context": call.context("users")}
    unfinished = more or position.at is not None
    option = "$skiptoken" if unfinished else "$deltatoken"
    address = f"{call.base}/users/delta?{option}={position.token(call.world.clock.now())}"
    body["@odata.nextLink" if unfinished else "@odata.deltaLink"] = address
    body["value"] = value
    return Answer(body=body, headers={"Preference-Applied": "return=minimal"} if _minimal(call) else {})


def _position(call: Call) -> _Round:
    token = call.query.get("$deltatoken") or call.query.get("$skiptoken")
    if token == "latest":  # noqa: S105 - a documented word: only changes from now on
        now = call.world.tenant.directory_sequence
        return _Round(_names(call), [], _top(call), now, None, now)
    if token:
        return _from_token(call, token)
    unsupported = {"$orderby", "$search", "$count"} & call.query.keys()
    if unsupported:
        raise bad_request(f"Query option '{min(unsupported)}' is not supported in delta queries.")
    now = call.world.tenant.directory_sequence
    return _Round(_names(call), _ids(call), _top(call), now, 0, now)


def _from_token(call: Call, token: str) -> _Round:
    content = odata.read_token(token)
    names, ids, top, sequence, at, issued, since = (content.get(key) for key in "sitqanf")
    if not (
        isinstance(names, list)
        and isinstance(ids, list)
        and isinstance(top, int)
        and isinstance(sequence, int)
        and isinstance(issued, int)
        and isinstance(since, int)
    ):
        raise _lost(call)
    # A token of before a reset, or older than a week, cannot be continued.
    if issued + TOKEN_LIFE < call.world.clock.now() or sequence > call.world.tenant.directory_sequence:
        raise _lost(call)
    return _Round(
        [str(name) for name in names],
        [str(item) for item in ids],
        top,
        sequence,
        at if isinstance(at, int) else None,
        since,
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
