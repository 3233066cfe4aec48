"""Messages: send, list, get, edit, delete, react, quote (facts.md 6)."""

import heapq
from collections.abc import Iterable

from msgspec import field

from m365sim.clock import parse_time
from m365sim.graph import odata
from m365sim.graph.bodies import Parameters
from m365sim.graph.call import Answer, Call, Json, escaped
from m365sim.graph.chats import chat_in_path
from m365sim.graph.drafts import MessageBody, edited_draft, new_draft, violation_of
from m365sim.graph.errors import bad_request, forbidden, outdated
from m365sim.graph.render import View, message_json, quote_attachment
from m365sim.world import messages
from m365sim.world.talk import Chat, Message

MAX_PAGE = 50
MAX_QUOTES = 10


class ReactionBody(Parameters):
    """setReaction and unsetReaction."""

    graph_type = "microsoft.graph.setReaction"
    reaction_type: str = field(name="reactionType", default="")


class QuoteBody(Parameters, rename="camel"):
    """replyWithQuote."""

    graph_type = "microsoft.graph.replyWithQuote"
    message_ids: list[str] = field(default_factory=list)
    reply_message: MessageBody = field(default_factory=MessageBody)


def send(call: Call) -> Answer:
    """POST /chats/{id}/messages."""
    chat = chat_in_path(call)
    message = messages.send(call.world, chat, call.me, new_draft(call, call.read(MessageBody)))
    return _created(call, message)


def reply_with_quote(call: Call) -> Answer:
    """POST /chats/{id}/messages/replyWithQuote."""
    chat = chat_in_path(call)
    body = call.read(QuoteBody)
    if not 1 <= len(body.message_ids) <= MAX_QUOTES:
        raise bad_request(f"messageIds must name 1 to {MAX_QUOTES} messages.")
    quoted = [messages.get_message(call.world, chat, message_id) for message_id in body.message_ids]
    draft = new_draft(call, body.reply_message)
    marks = "".join(f'<attachment id="{item.id}"></attachment>' for item in quoted)
    draft.content = f"<p></p>\n{marks}\n{draft.content}\n<p></p>"
    draft.content_type = "html"
    draft.attachments = [quote_attachment(item) for item in quoted] + draft.attachments
    return _created(call, messages.send(call.world, chat, call.me, draft))


def list_messages(call: Call) -> Answer:
    """GET /chats/{id}/messages: newest first, by modification or by creation."""
    chat = chat_in_path(call)
    page = odata.read_page(call, default=call.world.switches.messages_page, limit=MAX_PAGE)
    by = _order(call.query.get("$orderby"))
    found: Iterable[Message] = _filtered(call, call.world.messages.get(chat.id, {}).values(), by)
    if page.token:
        before = (_whole(page.token.get("t")), _whole(page.token.get("i")))
        found = (message for message in found if _position(message, by) < before)
    # One more than the page tells whether there is a next one.
    part = heapq.nlargest(page.top + 1, found, key=lambda message: _position(message, by))
    next_link = None
    if len(part) > page.top:
        part.pop()
        time, number = _position(part[-1], by)
        next_link = odata.link(call, {"$skiptoken": odata.make_token({"t": time, "i": number})})
    value = [message_json(message, view_of(call)) for message in part]
    context = call.context(f"chats('{escaped(chat.id)}')/messages")
    return Answer(body=odata.collection(context, value, next_link, len(value)))


def get_message(call: Call) -> Answer:
    """GET /chats/{id}/messages/{id}."""
    _, message = message_in_path(call)
    return Answer(body=_entity(call, message))


def edit(call: Call) -> Answer:
    """PATCH /chats/{id}/messages/{id}."""
    chat, message = message_to_change(call)
    body = call.read(MessageBody)
    if call.caller.user is None:
        return _mark_violation(call, chat, message, body)
    if body.policy_violation is not None:
        raise forbidden("policyViolation can only be set with application permissions.")
    messages.edit(call.world, chat, message, call.me, edited_draft(call, body, message))
    return Answer(204)


def soft_delete(call: Call) -> Answer:
    """POST …/softDelete."""
    chat, message = message_to_change(call)
    messages.delete(call.world, chat, message, call.me)
    return Answer(204)


def undo_soft_delete(call: Call) -> Answer:
    """POST …/undoSoftDelete."""
    chat, message = message_to_change(call)
    messages.undo_delete(call.world, chat, message, call.me)
    return Answer(204)


def set_reaction(call: Call) -> Answer:
    """POST …/setReaction."""
    chat, message = message_in_path(call)
    messages.react(call.world, chat, message, call.me, call.read(ReactionBody).reaction_type)
    return Answer(204)


def unset_reaction(call: Call) -> Answer:
    """POST …/unsetReaction."""
    chat, message = message_in_path(call)
    messages.unreact(call.world, chat, message, call.me, call.read(ReactionBody).reaction_type)
    return Answer(204)


def message_in_path(call: Call) -> tuple[Chat, Message]:
    """The message in the path, if the caller may see its chat."""
    chat = chat_in_path(call)
    return chat, messages.get_message(call.world, chat, call.ids["message"])


def message_to_change(call: Call) -> tuple[Chat, Message]:
    """The same, if it is still as the caller knows it."""
    chat, message = message_in_path(call)
    call.check_match(str(message.modified_ms), outdated())
    return chat, message


def view_of(call: Call) -> View:
    """How this call looks at messages."""
    unknown = "include-unknown-enum-members" in call.prefers
    return View(call.world.tenant.id, call.base, unknown, call.world.switches.deleted_date_is_shown)


def _mark_violation(call: Call, chat: Chat, message: Message, body: MessageBody) -> Answer:
    """What data loss prevention says; an app may change nothing else (facts.md 9)."""
    if body.policy_violation is None:
        raise forbidden("With application permissions only policyViolation can be updated.")
    messages.mark_violation(call.world, chat, message, violation_of(body.policy_violation))
    return Answer(200)


def _created(call: Call, message: Message) -> Answer:
    where = f"{call.base}/chats/{message.chat_id}/messages/{message.id}"
    return Answer(201, _entity(call, message), {"Location": where})


def _entity(call: Call, message: Message) -> Json:
    context = call.context(f"chats('{escaped(message.chat_id)}')/messages/$entity")
    body: Json = {"@odata.context": context}
    return body | message_json(message, view_of(call))


def _order(text: str | None) -> str:
    if text is None:
        return "lastModifiedDateTime"
    name, _, direction = text.strip().partition(" ")
    if name not in ("lastModifiedDateTime", "createdDateTime"):
        raise bad_request(f"QueryOptions to order by '{name}' is not supported.")
    if direction.strip().lower() != "desc":
        raise bad_request("QueryOptions to order by in Ascending direction is not supported.")
    return name


def _position(message: Message, by: str) -> tuple[int, int]:
    return (message.modified_ms if by == "lastModifiedDateTime" else message.created_ms), int(message.id)


def _filtered(call: Call, found: Iterable[Message], by: str) -> Iterable[Message]:
    """The filter counts only together with an $orderby on the same property (facts.md 6.3)."""
    text = call.query.get("$filter")
    if text is None:
        return found
    alternatives = odata.read_filter(text)
    if len(alternatives) != 1:
        raise bad_request("QueryOptions: only 'and' can join conditions.")
    limits = [_limit(part) for part in alternatives[0]]
    if call.query.get("$orderby") is None or any(part.left != by for part in alternatives[0]):
        return found
    return (message for message in found if all(low < _position(message, by)[0] < high for low, high in limits))


def _limit(part: odata.Comparison) -> tuple[float, float]:
    """The open interval that a condition leaves, in milliseconds."""
    allowed = {"lastModifiedDateTime": ("gt", "lt"), "createdDateTime": ("lt",)}
    if part.operator not in allowed.get(part.left, ()):
        raise bad_request(f"QueryOptions to filter by '{part.left} {part.operator}' is not supported.")
    try:
        moment = parse_time(part.right) * 1000
    except ValueError as trouble:
        raise bad_request(f"Invalid date and time '{part.right}' in $filter.") from trouble
    # Floating point must not turn a boundary into its neighbor.
    moment = round(moment, 3)
    return (moment, float("inf")) if part.operator == "gt" else (float("-inf"), moment)


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise bad_request("The $skiptoken is invalid.")
    return value
