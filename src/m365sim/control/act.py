"""Acting as a person: say, edit, delete, react, read."""

import hashlib
import html
import secrets

from fastapi import APIRouter

from m365sim.control.access import Sim, TheUser, TheWorld
from m365sim.control.bodies import (
    EventBody,
    GroupBody,
    ImageBody,
    MentionBody,
    QuoteBody,
    ReactBody,
    SayBody,
    SendToBody,
)
from m365sim.graph.render import View, message_json, plain_text, quote_attachment
from m365sim.graph.render_drive import file_at
from m365sim.world import chats, directory, messages
from m365sim.world.happenings import happen
from m365sim.world.messages import Draft
from m365sim.world.records import User
from m365sim.world.refusals import Invalid
from m365sim.world.talk import Attachment, Chat, HostedContent, Mention, Message
from m365sim.world.world import World

router = APIRouter()
Json = dict[str, object]
_IN_CHAT = "/users/{user}/chats/{chat}/messages"


@router.post("/users/{user}/messages")
async def send_to(world: TheWorld, user: TheUser, body: SendToBody) -> Json:
    """Say something to one person; the 1:1 chat is created if needed."""
    chat = chats.create_one_on_one(world, user, directory.get_user(world, body.to))
    return _sent(messages.send(world, chat, user, _draft(world, body)))


@router.post("/users/{user}/chats")
async def create_group(world: TheWorld, user: TheUser, body: GroupBody) -> Json:
    """A new group chat of the user and others."""
    others = [directory.get_user(world, name) for name in body.members]
    people = {member.id: chats.member_of(world, member) for member in (user, *others)}
    chat = chats.create_group(world, list(people.values()), body.topic)
    return {"chat_id": chat.id}


@router.post(_IN_CHAT)
async def send(world: TheWorld, user: TheUser, chat: str, body: SayBody) -> Json:
    """Say something in a chat."""
    return _sent(messages.send(world, chats.get_chat_of(world, user, chat), user, _draft(world, body)))


@router.post("/users/{user}/chats/{chat}/quote")
async def quote(world: TheWorld, user: TheUser, chat: str, body: QuoteBody) -> Json:
    """Answer messages with quotes of them."""
    place = chats.get_chat_of(world, user, chat)
    quoted = [messages.get_message(world, place, number) for number in body.quotes]
    said = body.html if body.html is not None else html.escape(body.text or "")
    marks = "".join(f'<attachment id="{item.id}"></attachment>' for item in quoted)
    draft = Draft(f"{marks}\n<p>{said}</p>", "html", attachments=[quote_attachment(item) for item in quoted])
    return _sent(messages.send(world, place, user, draft))


@router.patch(_IN_CHAT + "/{message}")
async def edit(world: TheWorld, user: TheUser, chat: str, message: str, body: SayBody) -> Json:
    """Change one's message."""
    place, found = _find(world, user, chat, message)
    draft = _draft(world, body)
    draft.attachments = draft.attachments or found.attachments
    draft.mentions = draft.mentions or found.mentions
    if draft.attachments or draft.mentions:
        draft.content_type = "html"
    messages.edit(world, place, found, user, draft)
    return _sent(found)


@router.delete(_IN_CHAT + "/{message}")
async def delete(world: TheWorld, user: TheUser, chat: str, message: str) -> Json:
    """Delete one's message."""
    place, found = _find(world, user, chat, message)
    messages.delete(world, place, found, user)
    return _sent(found)


@router.post(_IN_CHAT + "/{message}/undo")
async def undo(world: TheWorld, user: TheUser, chat: str, message: str) -> Json:
    """Undo the deletion."""
    place, found = _find(world, user, chat, message)
    messages.undo_delete(world, place, found, user)
    return _sent(found)


@router.post(_IN_CHAT + "/{message}/react")
async def react(world: TheWorld, user: TheUser, chat: str, message: str, body: ReactBody | None = None) -> Json:
    """React to a message."""
    place, found = _find(world, user, chat, message)
    given = body or ReactBody()
    messages.react(world, place, found, user, given.reaction, given.name)
    return _sent(found)


@router.post(_IN_CHAT + "/{message}/unreact")
async def unreact(world: TheWorld, user: TheUser, chat: str, message: str, body: ReactBody | None = None) -> Json:
    """Take the reaction back."""
    place, found = _find(world, user, chat, message)
    messages.unreact(world, place, found, user, (body or ReactBody()).reaction)
    return _sent(found)


@router.post("/users/{user}/chats/{chat}/read")
async def read(world: TheWorld, user: TheUser, chat: str) -> Json:
    """Read a chat to its end."""
    place = chats.get_chat_of(world, user, chat)
    chats.mark_read(world, place, user.id, max(world.clock.now_ms(), place.last_message_ms))
    return {"chat_id": chat}


@router.post("/users/{user}/chats/{chat}/events")
async def let_happen(world: TheWorld, user: TheUser, chat: str, body: EventBody) -> Json:
    """Something happens in a chat that Graph cannot cause: a call, a pin, an app."""
    return _sent(happen(world, chats.get_chat_of(world, user, chat), user, body.type))


@router.get("/chats")
async def list_chats(world: TheWorld, user: str | None = None) -> Json:
    """All chats, or those of one person."""
    found = world.chats.values()
    if user is not None:
        found = world.chats_of.get(directory.get_user(world, user).id, {}).values()
    return {"value": [_chat(world, chat) for chat in found]}


@router.get("/chats/{chat}")
async def get_chat(sim: Sim, chat: str) -> Json:
    """The true state of a chat, with all messages in order."""
    world = sim.world
    found = chats.get_chat(world, chat)
    view = View(world.tenant.id, sim.addresses.graph_base, unknown_members=True)
    said = world.messages.get(found.id, {}).values()
    return _chat(world, found) | {"messages": [_message(world, message, view) for message in said]}


@router.delete("/chats/{chat}")
async def delete_chat(world: TheWorld, chat: str) -> Json:
    """An administrator deletes a chat for everybody."""
    chats.set_deleted(world, chat, is_deleted=True)
    return {"chat_id": chat}


@router.post("/chats/{chat}/restore")
async def restore_chat(world: TheWorld, chat: str) -> Json:
    """The administrator brings it back."""
    chats.set_deleted(world, chat, is_deleted=False)
    return {"chat_id": chat}


def _chat(world: World, chat: Chat) -> Json:
    return {
        "id": chat.id,
        "chat_type": chat.type,
        "topic": chat.topic,
        "message_count": len(world.messages.get(chat.id, {})),
        "members": [
            {
                "id": member.user_id,
                "name": world.users[member.user_id].display_name if member.user_id in world.users else member.name,
                "username": world.users[member.user_id].upn if member.user_id in world.users else None,
                "roles": list(member.roles),
                "unread": chats.unread_count(world, chat, member.user_id),
            }
            for member in chat.members.values()
        ],
    }


def _message(world: World, message: Message, view: View) -> Json:
    """As Graph shows it, and what Graph hides: the text of a deleted message."""
    return message_json(message, view) | {
        "text": plain_text(message),
        "is_deleted": message.deleted_ms is not None,
        "kept_content": message.content,
        "pictures": [_picture(world.hosted[each]) for each in message.hosted],
        "sender": message.sender.name if message.sender else None,
    }


def _picture(kept: HostedContent) -> Json:
    """What it is, without its bytes: these come from Graph."""
    digest = hashlib.sha256(kept.data).hexdigest()
    return {"id": kept.id, "content_type": kept.content_type, "size": len(kept.data), "sha256": digest}


def _find(world: World, user: User, chat: str, message: str) -> tuple[Chat, Message]:
    place = chats.get_chat_of(world, user, chat)
    return place, messages.get_message(world, place, message)


def _draft(world: World, body: SayBody) -> Draft:
    if body.html is not None:
        content = body.html
        hosted = [_hosted(each) for each in body.images]
        for each, kept in zip(body.images, hosted, strict=True):
            content = content.replace(f"../hostedContents/{each.id}/", f"../hostedContents/{kept.id}/")
        more = [Attachment(**each.model_dump()) for each in body.attachments]
        named = [_mention(world, each) for each in body.mentions]
        return Draft(content, "html", attachments=more, mentions=named, hosted=hosted)
    if body.text is not None:
        return Draft(body.text)
    raise Invalid("Say something: give text or html.")


def _mention(world: World, body: MentionBody) -> Mention:
    if body.user is None:
        return Mention(body.id, body.text, everyone="everyone")
    return Mention(body.id, body.text, messages.sender_of(world, directory.get_user(world, body.user)))


def _hosted(image: ImageBody) -> HostedContent:
    return HostedContent(id=secrets.token_urlsafe(24), content_type=image.content_type, data=image.content)


def _sent(message: Message) -> Json:
    return {"chat_id": message.chat_id, "message_id": message.id}


@router.delete("/users/{user}/files/{path:path}")
async def delete_file(world: TheWorld, user: TheUser, path: str) -> Json:
    """Somebody deletes a file in their OneDrive."""
    found = file_at(world, user, path)
    if found is None:
        raise Invalid(f"{user.upn} has no file {path}.")
    world.forget(found)
    return {}


@router.get("/files")
async def list_files(world: TheWorld) -> Json:
    """Every file in everybody's OneDrive, and whom it was shared with."""
    return {
        "value": [
            {
                "owner": world.users[file.owner_id].upn,
                "path": file.path,
                "size": len(file.data),
                "sha256": hashlib.sha256(file.data).hexdigest(),
                "readers": [world.users[each].upn for each in file.readers],
            }
            for file in world.files.values()
        ]
    }
