"""Chats: create, list, get, rename, read marks (facts.md 5)."""

import re

from msgspec import field

from m365sim.clock import parse_time
from m365sim.graph import odata
from m365sim.graph.bodies import Body, Parameters
from m365sim.graph.call import Answer, Call, Json, escaped
from m365sim.graph.chat_filter import matches
from m365sim.graph.errors import GraphError, bad_request, forbidden, not_found
from m365sim.graph.render import View, chat_json, member_json, preview_json
from m365sim.world import chats, directory, messages
from m365sim.world.records import User
from m365sim.world.talk import Chat, Event, Member, Message
from m365sim.world.world import World

_BIND = re.compile(r"users(?:\('([^']+)'\)|/([^/?]+))\s*$")
CHAT_PROPERTIES = frozenset(
    {
        "id", "topic", "chatType", "createdDateTime", "lastUpdatedDateTime", "webUrl", "tenantId",
        "isHiddenForAllMembers", "onlineMeetingInfo", "viewpoint", "migrationMode", "originalCreatedDateTime",
        "members", "messages", "lastMessagePreview", "pinnedMessages", "installedApps", "tabs", "permissionGrants",
        "operations",
    }
)  # fmt: skip
MAX_PAGE = 50
EXPANDED_MEMBERS = 25


class MemberBody(Body):
    """A member in a request."""

    graph_type = "microsoft.graph.aadUserConversationMember"
    accepted = frozenset({"id", "displayName", "userId", "email", "user"})
    roles: list[str] = field(default_factory=list)
    bind: str | None = field(name="user@odata.bind", default=None)
    tenant_id: str | None = field(name="tenantId", default=None)
    visible_from: str | None = field(name="visibleHistoryStartDateTime", default=None)


class CreateBody(Body):
    """POST /chats."""

    graph_type = "microsoft.graph.chat"
    accepted = CHAT_PROPERTIES - {"chatType", "topic", "members"}
    chat_type: str = field(name="chatType", default="")
    topic: str | None = None
    members: list[MemberBody] = field(default_factory=list)


class RenameBody(Body):
    """PATCH /chats/{id}."""

    graph_type = "microsoft.graph.chat"
    accepted = CHAT_PROPERTIES - {"topic"}
    topic: str | None = None


class UserRef(Body):
    """`user` of the read and hide actions."""

    graph_type = "microsoft.graph.teamworkUserIdentity"
    accepted = frozenset({"displayName", "userIdentityType"})
    id: str = ""
    tenant_id: str | None = field(name="tenantId", default=None)


class MarkBody(Parameters):
    """Body of markChatReadForUser and its siblings."""

    graph_type = "microsoft.graph.markChatReadForUser"
    # Samples of 2023 put it beside the user (facts.md 5).
    accepted = frozenset({"tenantId"})
    user: UserRef = field(default_factory=UserRef)
    last_read: str | None = field(name="lastMessageReadDateTime", default=None)


def create(call: Call) -> Answer:
    """POST /chats; for a 1:1 that exists already the existing one is returned."""
    body = call.read(CreateBody)
    if body.chat_type not in ("oneOnOne", "group"):
        raise bad_request(f"Invalid chatType '{body.chat_type}' specified. Use oneOnOne or group.")
    members = [read_member(call, item) for item in body.members]
    ids = [member.user_id for member in members]
    if len(set(ids)) != len(ids):
        raise bad_request("Duplicate chat members is specified in the request body.")
    if call.caller.user and call.caller.user.id not in ids:
        raise bad_request("The caller must be one of the members specified in request body.")
    closed = next((user for item in members if (user := call.world.users[item.user_id]).chat_blocked), None)
    if closed is not None:
        raise forbidden(chats.blocked(call.caller.user or closed, closed), "InsufficientPrivileges")
    if body.chat_type == "oneOnOne":
        return _create_one_on_one(call, body, members)
    if body.topic is not None and re.search(r"[:\n\r]", body.topic):
        raise bad_request("The chat topic contains characters that are not allowed.")
    chat = chats.create_group(call.world, members, body.topic)
    event = Event("membersAdded", (call.caller.user.id if call.caller.user else ids[0]), tuple(ids))
    messages.announce(call.world, chat, event)
    return _created(call, chat, 201)


def _create_one_on_one(call: Call, body: CreateBody, members: list[Member]) -> Answer:
    if len(members) != 2:
        raise bad_request("Invalid number of members specified for chatType oneOnOne: it must be 2.")
    if body.topic is not None:
        raise bad_request("Topic can not be set for chatType oneOnOne.")
    first, second = (call.world.users[member.user_id] for member in members)
    if call.caller.user is second:
        first, second = second, first
    existing = chats.find_one_on_one(call.world, first.id, second.id)
    chat = existing or chats.create_one_on_one(call.world, first, second)
    return _created(call, chat, call.world.switches.existing_chat_status if existing else 201)


def _created(call: Call, chat: Chat, status: int) -> Answer:
    body: Json = {"@odata.context": call.context("chats/$entity")}
    # A new chat shows no viewpoint yet.
    body |= chat_json(call.world, chat, None)
    return Answer(status, body, {"Location": f"{call.base}/chats/{chat.id}"})


def list_chats(call: Call) -> Answer:
    """GET /chats: the caller's; unordered, or by the last message, newest first."""
    user = own_user(call)
    page = odata.read_page(call, default=20, limit=MAX_PAGE)
    wanted = odata.expanded(call, ("members", "lastMessagePreview"))
    found = [chat for chat in call.world.chats_of.get(user.id, {}).values() if not chat.is_deleted]
    text = call.query.get("$filter")
    if text:
        alternatives = odata.read_filter(text)
        found = [chat for chat in found if matches(call.world, chat, user, alternatives)]
    found = _in_order(call, found)
    start = page.token.get("at", 0) if page.token else 0
    at = start if isinstance(start, int) else 0
    part = found[at : at + page.top]
    next_link = None
    if at + page.top < len(found):
        next_link = odata.link(call, {"$skiptoken": odata.make_token({"at": at + page.top})})
    value = [_expanded(call, chat, wanted) for chat in part]
    return Answer(body=odata.collection(call.context("chats"), value, next_link, len(part)))


def get_chat(call: Call) -> Answer:
    """GET /chats/{id}."""
    chat = chat_in_path(call)
    wanted = odata.expanded(call, ("members", "lastMessagePreview"))
    body: Json = {"@odata.context": call.context("chats/$entity")}
    full = _expanded(call, chat, wanted)
    if "lastMessagePreview" in wanted:
        # Only lists have it (facts.md 5).
        full["lastMessagePreview"] = None
    return Answer(body=body | full)


def rename(call: Call) -> Answer:
    """PATCH /chats/{id}: the topic of a group."""
    chat = chat_in_path(call)
    body = call.read(RenameBody)
    chats.rename(call.world, chat, body.topic)
    messages.announce(call.world, chat, Event("chatRenamed", call.me.id, topic=body.topic))
    answer: Json = {"@odata.context": call.context("chats/$entity")}
    return Answer(body=answer | chat_json(call.world, chat, call.me.id))


def mark_read(call: Call) -> Answer:
    """POST /chats/{id}/markChatReadForUser: the whole chat, up to now."""
    chat, user = _own_view(call)
    chats.mark_read(call.world, chat, user.id, max(call.world.clock.now_ms(), chat.last_message_ms))
    return Answer(204)


def mark_unread(call: Call) -> Answer:
    """POST /chats/{id}/markChatUnreadForUser: back to before the last message, or to the given time."""
    chat, user = _own_view(call)
    given = call.read(MarkBody).last_read
    until = chat.last_message_ms - 1
    if given is not None:
        try:
            until = int(parse_time(given) * 1000)
        except ValueError as trouble:
            raise bad_request("lastMessageReadDateTime is not a date and time.") from trouble
    chats.mark_read(call.world, chat, user.id, max(0, until))
    return Answer(204)


def hide(call: Call) -> Answer:
    """POST /chats/{id}/hideForUser."""
    chat, user = _own_view(call)
    chats.set_hidden(call.world, chat, user.id, hidden=True)
    return Answer(204)


def unhide(call: Call) -> Answer:
    """POST /chats/{id}/unhideForUser."""
    chat, user = _own_view(call)
    chats.set_hidden(call.world, chat, user.id, hidden=False)
    return Answer(204)


def own_user(call: Call) -> User:
    """The user whose chats are asked: for a delegated token only the caller."""
    if "user" not in call.ids:
        return call.me
    user = directory.find_user(call.world, call.ids["user"])
    if call.caller.user is not None and user is not call.caller.user:
        raise forbidden("The user in the request URL must be the signed-in user.", "InsufficientPrivileges")
    if user is None:
        raise not_found(f"User '{call.ids['user']}' was not found.")
    return user


def chat_in_path(call: Call) -> Chat:
    """The chat in the path, if the caller may see it."""
    if "user" in call.ids:
        own_user(call)
    chat_id = call.ids["chat"]
    if not chat_id.startswith("19:"):
        raise bad_request(f"Invalid chat id '{chat_id}'.")
    if call.caller.user is None:
        return chats.get_chat(call.world, chat_id)
    return chats.get_chat_of(call.world, call.caller.user, chat_id)


def read_member(call: Call, body: MemberBody) -> Member:
    """A member from `user@odata.bind`; federated people carry their tenant's id."""
    match = _BIND.search(body.bind or "")
    if match is None:
        raise bad_request("Invalid user@odata.bind: it must name a user, as users('id').")
    user = directory.find_user(call.world, match[1] or match[2])
    home = call.world.tenant.id
    if user is None or (body.tenant_id or home) != (user.home_tenant or home):
        raise GraphError(404, "NotFound", f"User '{match[1] or match[2]}' was not found.")
    if any(role not in ("owner", "guest") for role in body.roles):
        raise bad_request("Invalid roles specified for member. Use owner or guest.")
    if user.user_type == "Guest" and "owner" in body.roles:
        raise bad_request("Invalid roles specified for member: an in-tenant guest must have the role guest.")
    member = chats.member_of(call.world, user, tuple(body.roles) or None)
    if body.visible_from and not body.visible_from.startswith("0001"):
        member.visible_from_ms = int(parse_time(body.visible_from) * 1000)
    return member


def _own_view(call: Call) -> tuple[Chat, User]:
    chat = chat_in_path(call)
    body = call.read(MarkBody)
    if body.user.id != call.me.id:
        raise forbidden("The user in the request body must be the signed-in user.", "InsufficientPrivileges")
    return chat, call.me


def _last_message(world: World, chat: Chat) -> Message | None:
    said = world.messages.get(chat.id)
    return said[next(reversed(said))] if said else None


def _in_order(call: Call, found: list[Chat]) -> list[Chat]:
    text = call.query.get("$orderby")
    if text is None:
        return found
    name, _, direction = text.strip().partition(" ")
    if name.lower() != "lastmessagepreview/createddatetime":
        raise bad_request(f"Ordering by '{name}' is not supported.")
    if direction.strip().lower() != "desc":
        raise bad_request("Ascending direction is not supported.")
    # Ordering drops chats in which nothing was said yet (facts.md 5, observed).
    said = [chat for chat in found if chat.last_message_ms]
    return sorted(said, key=lambda chat: chat.last_message_ms, reverse=True)


def _expanded(call: Call, chat: Chat, wanted: set[str]) -> Json:
    # An application has no viewpoint of its own.
    body = chat_json(call.world, chat, call.caller.user.id if call.caller.user else None)
    if "members" in wanted:
        some = list(chat.members.values())[:EXPANDED_MEMBERS]
        body["members@odata.context"] = call.context(f"chats('{escaped(chat.id)}')/members")
        body["members"] = [member_json(call.world, chat, member) for member in some]
    if "lastMessagePreview" in wanted:
        last = _last_message(call.world, chat)
        view = View(call.world.tenant.id, call.base)
        body["lastMessagePreview"] = preview_json(last, view) if last else None
    return body
