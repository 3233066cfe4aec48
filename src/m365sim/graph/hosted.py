"""Inline images of messages (facts.md 6.2)."""

from m365sim.graph import odata
from m365sim.graph.call import Answer, Call, Json, escaped
from m365sim.graph.errors import not_found
from m365sim.graph.messages import message_in_path
from m365sim.world.talk import HostedContent


def list_hosted(call: Call) -> Answer:
    """GET …/hostedContents: ids only, the bytes come from $value."""
    chat, message = message_in_path(call)
    ids = [] if message.deleted_ms is not None else message.hosted
    value: list[Json] = [{"id": item, "contentBytes": None, "contentType": None} for item in ids]
    context = call.context(f"chats('{escaped(chat.id)}')/messages('{message.id}')/hostedContents")
    return Answer(body=odata.collection(context, value, count=len(value)))


def get_hosted(call: Call) -> Answer:
    """GET …/hostedContents/{id}."""
    chat, message = message_in_path(call)
    content = _content(call)
    context = f"chats('{escaped(chat.id)}')/messages('{message.id}')/hostedContents/$entity"
    return Answer(
        body={
            "@odata.context": call.context(context),
            "id": content.id,
            "contentBytes": None,
            "contentType": None,
        }
    )


def get_value(call: Call) -> Answer:
    """GET …/hostedContents/{id}/$value: the bytes."""
    message_in_path(call)
    content = _content(call)
    return Answer(raw=content.data, headers={"Content-Type": content.content_type})


def _content(call: Call) -> HostedContent:
    _, message = message_in_path(call)
    content = call.world.hosted.get(call.ids["content"])
    if content is None or content.id not in message.hosted or message.deleted_ms is not None:
        raise not_found("The hosted content was not found.")
    return content
