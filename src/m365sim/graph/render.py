"""The world as Graph's JSON: chats, members and messages (facts.md 5 and 6.1)."""

import base64
import html
import json
import re
from dataclasses import dataclass
from urllib.parse import quote

from m365sim.clock import graph_time
from m365sim.graph.call import Json
from m365sim.graph.render_events import NEVER, event_detail
from m365sim.world import chats
from m365sim.world.talk import Attachment, Chat, Member, Mention, Message, Reaction, Sender
from m365sim.world.world import World


def chat_json(world: World, chat: Chat, viewer_id: str | None) -> Json:
    """A chat as its viewer sees it; the viewpoint is the viewer's own."""
    encoded = quote(chat.id, safe="")
    return {
        "id": chat.id,
        "topic": chat.topic,
        "createdDateTime": graph_time(chat.created_ms),
        "lastUpdatedDateTime": graph_time(chat.updated_ms),
        "chatType": chat.type,
        "webUrl": f"https://teams.microsoft.com/l/chat/{encoded}/0?tenantId={chat.tenant_id}",
        "tenantId": chat.tenant_id,
        "onlineMeetingInfo": _meeting_json(chat) if chat.join_url else None,
        "viewpoint": viewpoint_json(world, chat, viewer_id) if viewer_id else None,
        "isHiddenForAllMembers": False,
        "migrationMode": None,
        "originalCreatedDateTime": None,
    }


def _meeting_json(chat: Chat) -> Json:
    """Of what meeting it is the chat."""
    return {
        "calendarEventId": base64.b64encode(f"event of {chat.id}".encode()).decode(),
        "joinWebUrl": chat.join_url,
        "organizer": {"id": chat.organizer_id, "displayName": None, "userIdentityType": "aadUser"},
    }


def viewpoint_json(world: World, chat: Chat, viewer_id: str) -> Json:
    """Only the caller's own read mark exists (facts.md 9)."""
    view = chats.viewpoint(world, chat, viewer_id)
    return {
        "isHidden": view.hidden,
        "lastMessageReadDateTime": graph_time(view.read_ms) if view.read_ms else NEVER,
    }


def member_json(world: World, chat: Chat, member: Member) -> Json:
    """An aadUserConversationMember."""
    user = world.users.get(member.user_id)
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": chats.membership_id(chat.tenant_id, chat.id, member.user_id),
        "roles": list(member.roles),
        "displayName": user.display_name if user else member.name,
        "visibleHistoryStartDateTime": graph_time(member.visible_from_ms) if member.visible_from_ms else NEVER,
        "userId": member.user_id,
        "email": user.mail if user else None,
        "tenantId": member.tenant_id,
    }


@dataclass(frozen=True, slots=True)
class View:
    """From where a message is looked at; `unknown_members` is the Prefer header of system events."""

    tenant_id: str
    base: str
    unknown_members: bool = False
    deleted_dates: bool = True


def message_json(message: Message, view: View) -> Json:
    """A chatMessage; a deleted one has lost its text and attachments (facts.md 6.4)."""
    deleted = message.deleted_ms is not None
    kind = "message"
    if message.event:
        kind = "systemEventMessage" if view.unknown_members else "unknownFutureValue"
    return {
        "id": message.id,
        "replyToId": None,
        "etag": str(message.modified_ms),
        "messageType": kind,
        "createdDateTime": graph_time(message.created_ms),
        "lastModifiedDateTime": graph_time(message.modified_ms),
        "lastEditedDateTime": graph_time(message.edited_ms) if message.edited_ms else None,
        "deletedDateTime": graph_time(message.deleted_ms) if message.deleted_ms and view.deleted_dates else None,
        "subject": message.subject,
        "summary": None,
        "chatId": message.chat_id,
        "importance": message.importance,
        "locale": "en-us",
        "webUrl": None,
        "channelIdentity": None,
        "policyViolation": message.policy_violation,
        "eventDetail": event_detail(message, view.tenant_id),
        "from": identity_set(message.sender) if message.sender else None,
        "body": {"contentType": message.content_type, "content": "" if deleted else _content(message, view.base)},
        "attachments": [] if deleted else [attachment_json(item) for item in message.attachments],
        "mentions": [] if deleted else [mention_json(item) for item in message.mentions],
        "reactions": [reaction_json(item) for item in message.reactions],
        "messageHistory": [
            {
                "modifiedDateTime": graph_time(item.at_ms),
                "actions": item.action,
                "reaction": reaction_json(item.reaction),
            }
            for item in message.history
        ],
    }


def _content(message: Message, base: str) -> str:
    """The text; inline images get the absolute addresses that reading shows."""
    if not message.hosted:
        return message.content
    prefix = f"{base}/chats/{message.chat_id}/messages/{message.id}/hostedContents/"
    return message.content.replace("../hostedContents/", prefix)


def identity_set(sender: Sender) -> Json:
    """Who, as `from` has it."""
    return {
        "application": None,
        "device": None,
        "user": {
            "@odata.type": "#microsoft.graph.teamworkUserIdentity",
            "id": sender.id,
            "displayName": sender.name,
            "userIdentityType": sender.identity_type,
            "tenantId": sender.tenant_id,
        },
    }


def attachment_json(attachment: Attachment) -> Json:
    """A file, quote or card."""
    return {
        "id": attachment.id,
        "contentType": attachment.content_type,
        "contentUrl": attachment.content_url,
        "content": attachment.content,
        "name": attachment.name,
        "thumbnailUrl": attachment.thumbnail_url,
        "teamsAppId": attachment.teams_app_id,
    }


def mention_json(mention: Mention) -> Json:
    """Whom an `<at>` means."""
    conversation = None
    if mention.everyone:
        conversation = {
            "id": mention.everyone,
            "displayName": mention.text,
            "conversationIdentityType": "chat",
        }
    user = identity_set(mention.user)["user"] if mention.user else None
    return {
        "id": mention.id,
        "mentionText": mention.text,
        "mentioned": {"application": None, "device": None, "conversation": conversation, "user": user},
    }


def reaction_json(reaction: Reaction) -> Json:
    """One person's emoji; Graph does not repeat the person's name."""
    return {
        "reactionType": reaction.type,
        "displayName": reaction.name,
        "reactionContentUrl": None,
        "createdDateTime": graph_time(reaction.created_ms),
        "user": {
            "application": None,
            "device": None,
            "user": {
                "@odata.type": "#microsoft.graph.teamworkUserIdentity",
                "id": reaction.user_id,
                "displayName": None,
                "userIdentityType": reaction.identity_type,
            },
        },
    }


def preview_json(message: Message, view: View) -> Json:
    """lastMessagePreview, which only chat lists have."""
    full = message_json(message, view)
    return {
        "id": message.id,
        "createdDateTime": full["createdDateTime"],
        "isDeleted": message.deleted_ms is not None,
        "messageType": full["messageType"],
        "body": full["body"],
        "from": full["from"],
        "eventDetail": full["eventDetail"],
    }


def quote_attachment(message: Message) -> Attachment:
    """A quoted message as an attachment (facts.md 6.2)."""
    sender = message.sender
    content = {
        "messageId": message.id,
        "messagePreview": plain_text(message)[:200],
        "messageSender": {
            "application": None,
            "device": None,
            "user": {
                "userIdentityType": sender.identity_type,
                "tenantId": sender.tenant_id,
                "id": sender.id,
                "displayName": sender.name,
            }
            if sender
            else None,
        },
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Attachment(message.id, "messageReference", content=text)


def plain_text(message: Message) -> str:
    """The words of a message without markup."""
    if message.deleted_ms is not None:
        return ""
    if message.content_type == "text":
        return message.content
    return html.unescape(re.sub(r"<[^>]+>", " ", message.content)).strip()
