"""Chats and their members (facts.md 5)."""

import base64
from urllib.parse import quote

from m365sim.world.changes import ChatChanged, MembershipChanged, ViewpointChanged
from m365sim.world.records import User
from m365sim.world.refusals import Invalid, Missing, NotAllowed
from m365sim.world.talk import Chat, Member, Viewpoint
from m365sim.world.world import World


def get_chat(world: World, chat_id: str) -> Chat:
    """A chat by id."""
    chat = world.chats.get(chat_id)
    if chat is None or chat.is_deleted:
        raise Missing(f"NotFound: chat '{chat_id}' was not found.")
    return chat


def get_chat_of(world: World, user: User, chat_id: str) -> Chat:
    """A chat that the user is a member of; otherwise what Teams' access check says."""
    chat = get_chat(world, chat_id)
    if user.id not in chat.members:
        raise NotAllowed(not_in_roster(user.id, chat_id), acl=True)
    return chat


def not_in_roster(user_id: str, chat_id: str) -> str:
    """The access check's sentence as seen in the wild (facts.md 6.3)."""
    roster = base64.b16encode(chat_id.encode()[-16:].rjust(16, b"0")).decode().lower()
    guid = f"{roster[:8]}-{roster[8:12]}-{roster[12:16]}-{roster[16:20]}-{roster[20:]}"
    return (
        f"AclCheckFailed-The initiator 8:orgid:{user_id} is not a member of the roster {guid}"
        f" in the generic thread {chat_id}"
    )


def check_open(world: World, chat: Chat, sender: User) -> None:
    """Nobody reaches people whose tenant blocks this one (facts.md 5, observed)."""
    for user_id in chat.members:
        other = world.users.get(user_id)
        if other is not None and other.chat_blocked and other is not sender:
            raise NotAllowed(blocked(sender, other), acl=True)


def blocked(sender: User, other: User) -> str:
    """The access check's words about a tenant that does not want to be reached (assumed)."""
    return f"AclCheckFailed-External chat from 8:orgid:{sender.id} to 8:orgid:{other.id} is blocked by policy"


def find_one_on_one(world: World, first: str, second: str) -> Chat | None:
    """The only 1:1 chat that two people can have."""
    ids = {first, second}
    for chat in world.chats_of.get(first, {}).values():
        if chat.type == "oneOnOne" and chat.members.keys() == ids:
            return chat
    return None


def create_one_on_one(world: World, creator: User, other: User) -> Chat:
    """The 1:1 chat of two people, created on first use (idempotent, facts.md 5)."""
    existing = find_one_on_one(world, creator.id, other.id)
    if existing is not None:
        return existing
    chat_id = f"19:{creator.id}_{other.id}@unq.gbl.spaces"
    return _create(world, chat_id, "oneOnOne", None, [member_of(world, creator), member_of(world, other)])


def create_group(world: World, members: list[Member], topic: str | None, kind: str = "group") -> Chat:
    """A new group or meeting chat; group chats are always new."""
    name = world.chance.hex32()
    chat_id = f"19:{name}@thread.v2"
    if kind == "meeting":
        chat_id = f"19:meeting_{base64.b64encode(name.encode()).decode().rstrip('=')}@thread.v2"
    chat = _create(world, chat_id, kind, topic, members)
    if kind == "meeting":
        chat.organizer_id = members[0].user_id
        chat.join_url = f"https://teams.microsoft.com/l/meetup-join/{quote(chat_id, safe='')}/0"
        world.save(chat)
    return chat


def member_of(world: World, user: User, roles: tuple[str, ...] | None = None) -> Member:
    """Membership as Teams gives it: guests are guests, everyone else owns the chat."""
    default = ("guest",) if user.user_type == "Guest" else ("owner",)
    home = user.home_tenant or world.tenant.id
    return Member(user.id, home, default if roles is None else roles, name=user.display_name)


def rename(world: World, chat: Chat, topic: str | None) -> None:
    """Change a group's topic; this moves lastUpdatedDateTime."""
    if chat.type == "oneOnOne":
        raise Invalid("Topic can only be set for group chats.")
    chat.topic = topic
    _touch(world, chat)


def add_member(world: World, chat: Chat, member: Member) -> None:
    """Put somebody into a group chat."""
    if chat.type == "oneOnOne":
        raise Invalid("Members cannot be added to a one-on-one chat.")
    if member.user_id in chat.members:
        raise Invalid("The user is already a member of the chat.")
    chat.members[member.user_id] = member
    _touch(world, chat)
    world.tell(MembershipChanged(chat, member.user_id, "created"))


def set_deleted(world: World, chat_id: str, *, is_deleted: bool) -> None:
    """An administrator deletes a chat for everybody, or brings it back; nobody is told."""
    chat = world.chats.get(chat_id)
    if chat is None:
        raise Missing(f"NotFound: chat '{chat_id}' was not found.")
    chat.is_deleted = is_deleted
    world.save(chat)


def remove_member(world: World, chat: Chat, user_id: str) -> None:
    """Take somebody out of a group chat."""
    if chat.type == "oneOnOne":
        raise Invalid("Members cannot be removed from a one-on-one chat.")
    if user_id not in chat.members:
        raise Missing("The member was not found in the chat.")
    world.tell(MembershipChanged(chat, user_id, "deleted"))
    del chat.members[user_id]
    world.chats_of.get(user_id, {}).pop(chat.id, None)
    _touch(world, chat)


def viewpoint(world: World, chat: Chat, user_id: str) -> Viewpoint:
    """The member's own view of the chat."""
    found = world.viewpoints.get(f"{chat.id} {user_id}")
    return found or Viewpoint(chat_id=chat.id, user_id=user_id)


def mark_read(world: World, chat: Chat, user_id: str, until_ms: int) -> None:
    """Move the read mark, forward or back."""
    view = viewpoint(world, chat, user_id)
    if view.read_ms == until_ms:
        return
    view.read_ms = until_ms
    world.save(view)
    world.tell(ViewpointChanged(chat, user_id))


def set_hidden(world: World, chat: Chat, user_id: str, *, hidden: bool) -> None:
    """Hide or show the chat for one member."""
    view = viewpoint(world, chat, user_id)
    view.hidden = hidden
    world.save(view)
    world.tell(ViewpointChanged(chat, user_id))


def unread_count(world: World, chat: Chat, user_id: str) -> int:
    """How many messages of others came after the read mark."""
    read = viewpoint(world, chat, user_id).read_ms
    count = 0
    for message in reversed(world.messages.get(chat.id, {}).values()):
        if message.created_ms <= read:
            break
        if message.sender and message.sender.id != user_id and message.deleted_ms is None:
            count += 1
    return count


def membership_id(tenant_id: str, chat_id: str, user_id: str) -> str:
    """base64(0##tenant##chat##user), as decoded from a sample (facts.md 5)."""
    return base64.b64encode(f"0##{tenant_id}##{chat_id}##{user_id}".encode()).decode()


def member_id_to_user(member_id: str) -> str | None:
    """The user in a membership id; None when it is not one."""
    try:
        return base64.b64decode(member_id).decode().split("##")[3]
    except (ValueError, IndexError):
        return None


def _create(world: World, chat_id: str, kind: str, topic: str | None, members: list[Member]) -> Chat:
    now = world.clock.now_ms()
    chat = Chat(
        id=chat_id,
        type=kind,
        topic=topic,
        created_ms=now,
        updated_ms=now,
        members={member.user_id: member for member in members},
        tenant_id=world.tenant.id,
    )
    world.save(chat)
    world.tell(ChatChanged(chat, "created"))
    return chat


def _touch(world: World, chat: Chat) -> None:
    chat.updated_ms = max(world.clock.now_ms(), chat.updated_ms + 1)
    world.save(chat)
    world.tell(ChatChanged(chat, "updated"))
