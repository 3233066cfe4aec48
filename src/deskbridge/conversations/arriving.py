"""New messages from other platforms, in many conversations in one transaction.

What is only new and comes in order is nearly everything that comes; `receiving.py` knows the rest.
"""

from __future__ import annotations

from deskbridge.accounts.model import AccountId
from deskbridge.conversations import views
from deskbridge.conversations.batch import Batch
from deskbridge.conversations.batch_store import NewMessage
from deskbridge.conversations.model import MessageId, position_at
from deskbridge.conversations.receiving import Incoming
from deskbridge.errors import NotFound
from deskbridge.storage.schema import new_ordered_id


def arrive(batch: Batch, account_id: AccountId, incoming: Incoming) -> MessageId:
    """Take a new message without anything beside its words, of somebody who does not sign in here.

    It must come after all that is there: whoever calls has looked.
    """
    thread = batch.threads.get(incoming.conversation_id)
    if thread is None or thread.account_id != account_id:
        raise NotFound
    thread.revision += 1
    thread.last_position = position_at(incoming.created_at)
    new = NewMessage(
        id=MessageId(new_ordered_id()),
        conversation_id=thread.id,
        client_id=None,
        position=thread.last_position,
        revision=thread.revision,
        kind=incoming.kind.value,
        author_person_id=incoming.author.person_id,
        author_user_id=None,
        author_name=incoming.author.display_name,
        author_platform=incoming.author.platform.value,
        html=incoming.html,
        text=incoming.text,
        created_at=incoming.created_at,
        edited_at=incoming.edited_at,
    )
    batch.note(thread, new, views.message_of(new, ([], [], []), None))
    return new.id
