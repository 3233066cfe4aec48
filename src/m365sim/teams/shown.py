"""What the page shows of chats, messages and people."""

from m365sim.clock import graph_time
from m365sim.graph.render import View, message_json, plain_text
from m365sim.world import chats, presence
from m365sim.world.records import User
from m365sim.world.talk import Chat, Message
from m365sim.world.world import World

Json = dict[str, object]
PREVIEW = 120


def person(world: World, user: User) -> Json:
    """A person with presence."""
    availability, activity = presence.shown(world, user.id)
    return {
        "id": user.id,
        "name": user.display_name,
        "username": user.upn,
        "jobTitle": user.job_title,
        "availability": availability,
        "activity": activity,
    }


def chat_summary(world: World, chat: Chat, viewer: User) -> Json:
    """A line of the chat list."""
    others = [
        world.users[member.user_id]
        for member in chat.members.values()
        if member.user_id != viewer.id and member.user_id in world.users
    ]
    said = world.messages.get(chat.id, {})
    last = said[next(reversed(said))] if said else None
    names = ", ".join(user.display_name for user in others) or "Only you"
    return {
        "id": chat.id,
        "type": chat.type,
        "name": chat.topic or names,
        "members": [person(world, user) for user in others],
        "unread": chats.unread_count(world, chat, viewer.id),
        "lastAt": graph_time(last.created_ms if last else chat.created_ms),
        "preview": _preview(last, viewer) if last else "",
    }


def message(world: World, said: Message, viewer: User) -> Json:
    """A message as Graph has it, with the names that Graph leaves out and addresses of our own."""
    base = f"/teams/as/{viewer.upn}/api"
    shown = message_json(said, View(world.tenant.id, base, unknown_members=True))
    reactions = [
        {
            "type": reaction.type,
            "userId": reaction.user_id,
            "name": world.users[reaction.user_id].display_name if reaction.user_id in world.users else "Somebody",
        }
        for reaction in said.reactions
    ]
    return shown | {
        "reactions": reactions,
        "mine": said.sender is not None and said.sender.id == viewer.id,
        "sender": said.sender.name if said.sender else None,
        "event": event_text(world, said),
        "text": plain_text(said),
    }


def event_text(world: World, said: Message) -> str | None:
    """A system event in words."""
    if said.event is None:
        return None

    def name(user_id: str) -> str:
        return world.users[user_id].display_name if user_id in world.users else "Somebody"

    who, whom = name(said.event.initiator_id), ", ".join(map(name, said.event.member_ids))
    sentences = {
        "membersAdded": f"{who} added {whom} to the chat.",
        "membersDeleted": f"{who} removed {whom} from the chat.",
        "membersLeft": f"{whom} left the chat.",
        "membersJoined": f"{whom} joined the chat.",
        "chatRenamed": f"{who} named the chat “{said.event.topic}”.",
    }
    return sentences.get(said.event.type, f"{said.event.type} by {who}")


def _preview(last: Message, viewer: User) -> str:
    if last.event is not None:
        return ""
    if last.deleted_ms is not None:
        return "This message has been deleted."
    text = " ".join(plain_text(last).split())[:PREVIEW] or "Image"
    return f"You: {text}" if last.sender and last.sender.id == viewer.id else text
