"""What happens to conversations, as the feeds of those who take part hear it."""

from __future__ import annotations

from typing import Literal

from deskbridge.accounts.model import View
from deskbridge.conversations.model import Conversation, ConversationId, Message, MessageId


class MessageChanged(View):
    """A message is new or different; put it where its id is, unless a higher revision is there."""

    type: Literal["message_changed"] = "message_changed"
    message: Message


class ConversationChanged(View):
    """A conversation is new or different."""

    type: Literal["conversation_changed"] = "conversation_changed"
    conversation: Conversation


class MessagesDeleted(View):
    """Messages that the Account no longer keeps are gone, with everything that belonged to them."""

    type: Literal["messages_deleted"] = "messages_deleted"
    conversation_id: ConversationId
    message_ids: list[MessageId]
