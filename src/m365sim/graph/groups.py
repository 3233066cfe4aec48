"""Who is in a group, with everybody in the groups within it.

Source: learn.microsoft.com/graph/api/group-list-transitivemembers. A cast to one type of member is an advanced query:
it needs `ConsistencyLevel: eventual` and `$count=true`, and is 400 `Request_UnsupportedQuery` without them.
"""

from m365sim.graph import odata
from m365sim.graph.call import Answer, Call
from m365sim.graph.errors import GraphError
from m365sim.graph.render_users import DEFAULT
from m365sim.graph.user_filter import matcher
from m365sim.graph.users import page, visible
from m365sim.world import directory
from m365sim.world.records import Group, User


def transitive_users(call: Call) -> Answer:
    """GET /groups/{id}/transitiveMembers/microsoft.graph.user: pages of 100, at most 999."""
    members = _members(call, counting="$count" in call.query)
    top, start = page(call)
    names = odata.selected(call) or list(DEFAULT)
    value = [visible(call, user, names) for user in members[start : start + top]]
    more = start + top < len(members)
    next_link = odata.link(call, {"$skiptoken": odata.make_token({"at": start + top})}) if more else None
    count = len(members) if "$skiptoken" not in call.query else None
    context = call.context("users" if "$select" not in call.query else f"users({','.join(names)})")
    return Answer(body=odata.collection(context, value, next_link, count))


def count_transitive_users(call: Call) -> Answer:
    """GET /groups/{id}/transitiveMembers/microsoft.graph.user/$count: the number alone, as text."""
    number = str(len(_members(call, counting=True)))
    return Answer(raw=number.encode(), headers={"Content-Type": "text/plain"})


def _members(call: Call, *, counting: bool) -> list[User]:
    group = _group(call)
    if not counting or call.headers.get("consistencylevel", "").lower() != "eventual":
        raise GraphError(
            400,
            "Request_UnsupportedQuery",
            "The cast needs the header 'ConsistencyLevel: eventual' and $count=true.",
        )
    matches = matcher(call.query.get("$filter"), call.query.get("$search"))
    return [user for user in directory.members_of(call.world, group) if matches(user)]


def _group(call: Call) -> Group:
    group = call.world.groups.get(call.ids["group"].lower())
    if group is None:
        raise GraphError(
            404,
            "Request_ResourceNotFound",
            f"Resource '{call.ids['group']}' does not exist or one of its queried reference-property objects"
            " are not present.",
        )
    return group
