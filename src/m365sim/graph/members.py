"""Members of a chat (facts.md 5)."""

from m365sim.graph import odata
from m365sim.graph.call import Answer, Call, Json, escaped
from m365sim.graph.chats import MemberBody, chat_in_path, read_member
from m365sim.graph.errors import not_found
from m365sim.graph.render import member_json
from m365sim.world import chats, messages
from m365sim.world.talk import Event


def list_members(call: Call) -> Answer:
    """GET /chats/{id}/members."""
    chat = chat_in_path(call)
    value = [member_json(call.world, chat, member) for member in chat.members.values()]
    context = call.context(f"chats('{escaped(chat.id)}')/members")
    return Answer(body=odata.collection(context, value, count=len(value)))


def get_member(call: Call) -> Answer:
    """GET /chats/{id}/members/{membership id}."""
    chat = chat_in_path(call)
    member = chat.members.get(chats.member_id_to_user(call.ids["member"]) or "")
    if member is None:
        raise not_found("The member was not found in the chat.")
    body: Json = {"@odata.context": call.context(f"chats('{escaped(chat.id)}')/members/$entity")}
    return Answer(body=body | member_json(call.world, chat, member))


def add_member(call: Call) -> Answer:
    """POST /chats/{id}/members: 201 with Location only."""
    chat = chat_in_path(call)
    member = read_member(call, call.read(MemberBody))
    chats.add_member(call.world, chat, member)
    messages.announce(call.world, chat, Event("membersAdded", call.me.id, (member.user_id,)))
    member_id = chats.membership_id(chat.tenant_id, chat.id, member.user_id)
    return Answer(201, None, {"Location": f"/chats/{chat.id}/members/{member_id}"})


def remove_member(call: Call) -> Answer:
    """DELETE /chats/{id}/members/{membership id}."""
    chat = chat_in_path(call)
    user_id = chats.member_id_to_user(call.ids["member"]) or ""
    messages.announce(call.world, chat, Event("membersDeleted", call.me.id, (user_id,)))
    chats.remove_member(call.world, chat, user_id)
    return Answer(204)
