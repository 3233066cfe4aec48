"""Sending, editing, deleting and reacting (facts.md 6)."""

from dataclasses import dataclass, field

from m365sim.world import chats
from m365sim.world.changes import MessageChanged, type_of_change
from m365sim.world.records import User
from m365sim.world.refusals import Invalid, Missing, NotAllowed, TooLarge
from m365sim.world.talk import (
    Attachment,
    Chat,
    Event,
    HistoryItem,
    HostedContent,
    Mention,
    Message,
    Reaction,
    Sender,
)
from m365sim.world.world import World

REACTION_NAMES = {
    "👍": "Like",
    "❤️": "Heart",
    "❤": "Heart",
    "😆": "Laugh",
    "😮": "Surprised",
    "😢": "Sad",
    "😡": "Angry",
    "like": "Like",
    "heart": "Heart",
    "laugh": "Laugh",
    "surprised": "Surprised",
    "sad": "Sad",
    "angry": "Angry",
}


@dataclass(slots=True)
class Draft:
    """What somebody wants to say."""

    content: str
    content_type: str = "text"
    subject: str | None = None
    importance: str = "normal"
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    hosted: list[HostedContent] = field(default_factory=list)

    def size(self) -> int:
        """Bytes that count towards Teams' limit; inline images have their own."""
        extra = sum(len((part.content or "").encode()) for part in self.attachments)
        names = sum(len(mention.text.encode()) for mention in self.mentions)
        return len(self.content.encode()) + extra + names + len((self.subject or "").encode())


def get_message(world: World, chat: Chat, message_id: str) -> Message:
    """A message of a chat."""
    message = world.messages.get(chat.id, {}).get(message_id)
    if message is None:
        raise Missing(f"NotFound: message '{message_id}' was not found in the chat.")
    return message


def send(world: World, chat: Chat, sender: User, draft: Draft) -> Message:
    """Say something in a chat; everybody who watches is told."""
    _check_draft(world, draft)
    chats.check_open(world, chat, sender)
    now = max(world.clock.now_ms(), chat.last_message_ms + 1)
    message = Message(
        chat_id=chat.id,
        id=str(now),
        sender=sender_of(world, sender),
        content=draft.content,
        content_type=draft.content_type,
        subject=draft.subject,
        importance=draft.importance,
        created_ms=now,
        modified_ms=now,
        attachments=draft.attachments,
        mentions=draft.mentions,
        hosted=[content.id for content in draft.hosted],
    )
    for content in draft.hosted:
        world.save(content)
    chat.last_message_ms = now
    world.save(message)
    if world.switches.sending_marks_read:
        chats.mark_read(world, chat, sender.id, now)
    world.tell(MessageChanged(chat, message, "created"))
    return message


def announce(world: World, chat: Chat, event: Event) -> Message:
    """A system event in the chat: nobody's message (facts.md 6.3)."""
    now = max(world.clock.now_ms(), chat.last_message_ms + 1)
    message = Message(
        chat_id=chat.id,
        id=str(now),
        sender=None,
        content="<systemEventMessage/>",
        content_type="html",
        created_ms=now,
        modified_ms=now,
        event=event,
    )
    chat.last_message_ms = now
    world.save(message)
    world.tell(MessageChanged(chat, message, "created"))
    return message


def edit(world: World, chat: Chat, message: Message, editor: User, draft: Draft) -> None:
    """Replace the text; lastEditedDateTime, lastModifiedDateTime and etag move."""
    _check_owner(world, message, editor, "edit")
    if message.deleted_ms is not None:
        raise Invalid("The message has been deleted and cannot be edited.")
    _check_draft(world, draft)
    message.content, message.content_type = draft.content, draft.content_type
    message.subject, message.importance = draft.subject, draft.importance
    message.attachments, message.mentions = draft.attachments, draft.mentions
    for content in draft.hosted:
        world.save(content)
        message.hosted.append(content.id)
    message.edited_ms = _touch(world, message)
    _changed(world, chat, message, "updated")


def delete(world: World, chat: Chat, message: Message, by: User) -> None:
    """Soft delete: the message stays readable, without its text."""
    _check_owner(world, message, by, "delete")
    if message.deleted_ms is not None:
        return
    message.deleted_ms = _touch(world, message)
    _changed(world, chat, message, "deleted")


def undo_delete(world: World, chat: Chat, message: Message, by: User) -> None:
    """Bring a soft-deleted message back."""
    _check_owner(world, message, by, "undelete")
    if message.deleted_ms is None:
        return
    message.deleted_ms = None
    _touch(world, message)
    _changed(world, chat, message, world.switches.undo_delete_change)


def mark_violation(world: World, chat: Chat, message: Message, violation: dict[str, object]) -> None:
    """Data loss prevention marks a message."""
    message.policy_violation = violation
    _touch(world, message)
    _changed(world, chat, message, "updated")


def react(world: World, chat: Chat, message: Message, by: User, kind: str, name: str | None = None) -> None:
    """Add the user's reaction; the same one twice changes nothing."""
    if not kind.strip():
        raise Invalid("Invalid reactionType: it must be a unicode emoji.")
    if any(reaction.user_id == by.id and reaction.type == kind for reaction in message.reactions):
        return
    now = _touch(world, message)
    if not world.switches.several_reactions_per_user:
        message.reactions = [reaction for reaction in message.reactions if reaction.user_id != by.id]
    reaction = Reaction(kind, now, by.id, name or REACTION_NAMES.get(kind), sender_of(world, by).identity_type)
    message.reactions.append(reaction)
    message.history.append(HistoryItem(now, "reactionAdded", reaction))
    _changed(world, chat, message, "updated")


def unreact(world: World, chat: Chat, message: Message, by: User, kind: str) -> None:
    """Remove the user's reaction."""
    mine = [item for item in message.reactions if item.user_id == by.id and item.type == kind]
    if not mine:
        raise Missing("The reaction was not found on the message.")
    message.reactions = [item for item in message.reactions if item not in mine]
    message.history.append(HistoryItem(_touch(world, message), "reactionRemoved", mine[0]))
    twice = world.switches.reaction_removal_notifies_twice
    world.save(message)
    world.tell(MessageChanged(chat, message, "updated", repeats=2 if twice else 1))


def sender_of(world: World, user: User) -> Sender:
    """How a message names its sender."""
    home = user.home_tenant or world.tenant.id
    kind = "aadUser" if home == world.tenant.id else "federatedUser"
    return Sender(user.id, user.display_name, home, kind)


def _check_draft(world: World, draft: Draft) -> None:
    if draft.size() > world.switches.message_limit_bytes:
        raise TooLarge("Request Entity too large")
    if not draft.content.strip() and not draft.attachments:
        raise Invalid("Missing body content.")
    if draft.content_type not in ("text", "html"):
        raise Invalid(f"Invalid contentType '{draft.content_type}'.")
    needs_html = bool(draft.mentions or draft.attachments or draft.hosted)
    if needs_html and draft.content_type != "html":
        raise Invalid("Body contentType must be html for messages with mentions, attachments or images.")


def _check_owner(world: World, message: Message, user: User, verb: str) -> None:
    if message.sender is None:
        raise NotAllowed(f"System messages cannot be used with {verb}.")
    if message.sender.id != user.id and world.switches.others_messages != "allowed":
        raise NotAllowed(f"User is not allowed to {verb} the message of another user.")


def _touch(world: World, message: Message) -> int:
    message.modified_ms = max(world.clock.now_ms(), message.modified_ms + 1)
    return message.modified_ms


def _changed(world: World, chat: Chat, message: Message, change: type_of_change) -> None:
    world.save(message)
    world.tell(MessageChanged(chat, message, change))
