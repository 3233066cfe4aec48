"""From a change in the tenant to the notifications that are due for it (facts.md 7.3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from m365sim.addresses import Addresses
from m365sim.delivery import resources
from m365sim.graph.call import Json, escaped
from m365sim.graph.presence import presence_json
from m365sim.graph.render import View, chat_json, member_json, message_json, plain_text
from m365sim.world.changes import (
    Change,
    ChatChanged,
    MembershipChanged,
    MessageChanged,
    PresenceChanged,
    UserChanged,
    ViewpointChanged,
)
from m365sim.world.talk import Chat, Message
from m365sim.world.watching import Pending, Subscription
from m365sim.world.world import World

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Item:
    """What happened, as an item of a notification describes it."""

    change: str
    resource: str
    data_id: str
    data_type: str
    payload: Callable[[Subscription], bytes]
    etag: str | None = None


class Fanout:
    """Listens to the tenant and hands pending notifications to the courier."""

    def __init__(self, world: World, addresses: Addresses, hand_over: Callable[[Pending], None]) -> None:
        self._world = world
        self._base = addresses.graph_base
        self._hand_over = hand_over

    def hear(self, change: Change) -> None:
        """A listener of the world."""
        match change:
            case MessageChanged():
                self._message(change)
            case ChatChanged():
                self._chat(change)
            case MembershipChanged():
                self._membership(change)
            case ViewpointChanged():
                self._viewpoint(change)
            case PresenceChanged():
                self._presence(change)
            case UserChanged():
                self._user(change)

    def _watching(self, *watched: tuple[str, str]) -> list[Subscription]:
        found = self._world.watchers
        return [subscription for key in watched for subscription in list(found.get(key, {}).values())]

    def _message(self, change: MessageChanged) -> None:
        chat, message = change.chat, change.message
        of_members = [(resources.USER_MESSAGES, user_id) for user_id in chat.members]
        subscribers = self._watching(*of_members, (resources.CHAT_MESSAGES, chat.id), (resources.ALL_MESSAGES, ""))
        if message.event and not self._world.switches.user_subscriptions_carry_system_events:
            subscribers = [item for item in subscribers if item.watches.kind == resources.CHAT_MESSAGES]
        subscribers = [item for item in subscribers if _wants(item, message)]
        if not subscribers:
            return
        rendered: dict[bool, bytes] = {}

        def payload(subscription: Subscription) -> bytes:
            unknown = subscription.unknown_members
            if unknown not in rendered:
                view = View(self._world.tenant.id, self._base, unknown, self._world.switches.deleted_date_is_shown)
                rendered[unknown] = _encode(_notified_message(chat, message_json(message, view)))
            return rendered[unknown]

        path = f"chats('{chat.id}')/messages('{message.id}')"
        etag = str(message.modified_ms)
        item = Item(change.change, path, message.id, resources.MESSAGE_TYPE, payload, etag)
        for _ in range(change.repeats):
            self._tell(subscribers, item)

    def _chat(self, change: ChatChanged) -> None:
        chat = change.chat
        of_members = [(resources.USER_CHATS, user_id) for user_id in chat.members]
        subscribers = self._watching(*of_members, (resources.CHAT, chat.id), (resources.ALL_CHATS, ""))
        self._tell(subscribers, self._chat_item(chat, change.change))

    def _viewpoint(self, change: ViewpointChanged) -> None:
        """Only the user's own subscription, and only when it asks for the user's own properties."""
        watched = ((resources.USER_CHATS, change.user_id), (resources.CHAT, change.chat.id))
        subscribers = [
            item
            for item in self._watching(*watched)
            if item.watches.own_viewpoint and item.creator_id == change.user_id
        ]
        self._tell(subscribers, self._chat_item(change.chat, "updated"))

    def _chat_item(self, chat: Chat, change: str) -> Item:
        def payload(subscription: Subscription) -> bytes:
            viewer = subscription.creator_id if subscription.watches.own_viewpoint else None
            return _encode(chat_json(self._world, chat, viewer))

        return Item(change, f"chats('{chat.id}')", chat.id, resources.CHAT_TYPE, payload)

    def _membership(self, change: MembershipChanged) -> None:
        chat, member = change.chat, change.chat.members[change.user_id]
        content = member_json(self._world, chat, member)
        member_id = str(content["id"])
        body = _encode(content)
        path = f"chats('{chat.id}')/members('{member_id}')"
        item = Item(change.change, path, member_id, resources.MEMBER_TYPE, lambda _subscription: body)
        self._tell(self._watching((resources.CHAT_MEMBERS, chat.id), (resources.ALL_MEMBERS, "")), item)

    def _presence(self, change: PresenceChanged) -> None:
        subscribers = self._watching((resources.PRESENCE, change.user_id))
        if not subscribers:
            return
        shown = presence_json(self._world, change.user_id)
        content = {
            "@odata.id": f"users/{change.user_id}/presence",
            "@odata.type": resources.PRESENCE_TYPE,
            "id": change.user_id,
            "availability": shown["availability"],
            "activity": shown["activity"],
        }
        body = _encode(content)
        path = f"communications/presences/{change.user_id}"
        item = Item("updated", path, change.user_id, resources.PRESENCE_TYPE, lambda _subscription: body)
        self._tell(subscribers, item)

    def _user(self, change: UserChanged) -> None:
        user_id = change.user.id
        subscribers = self._watching((resources.USERS, ""), (resources.USER, user_id))
        # The directory reports a new user as updated too; soft deletion is an update, purging a deletion.
        kind = "deleted" if change.user.purged else "updated"
        item = Item(kind, f"Users/{user_id}", user_id, resources.USER_TYPE, lambda _subscription: b"{}")
        self._tell(subscribers, item)

    def _tell(self, subscribers: Iterable[Subscription], item: Item) -> None:
        now = self._world.clock.now()
        for subscription in subscribers:
            if item.change not in subscription.change_types or subscription.expires_at <= now:
                continue
            lapsed = subscription.token_expires_at <= now
            if lapsed and not self._world.switches.lapse_holds_changes:
                continue
            rich = subscription.include_resource_data
            self._hand_over(
                Pending(
                    id=self._world.chance.guid(),
                    subscription_id=subscription.id,
                    url=subscription.notification_url,
                    change_type=item.change,
                    resource=item.resource,
                    data_id=item.data_id,
                    data_type=item.data_type,
                    payload=item.payload(subscription) if rich else None,
                    created_at=now,
                    due_at=now,
                    etag=item.etag,
                    organization=item.data_type == resources.PRESENCE_TYPE,
                )
            )


def _wants(subscription: Subscription, message: Message) -> bool:
    """Whether the message fits $search and $filter of the subscription (facts.md 7.1)."""
    watches = subscription.watches
    if watches.search and watches.search not in plain_text(message).lower():
        return False
    if watches.mentions:
        return any(mention.user is not None and mention.user.id == watches.mentions for mention in message.mentions)
    return True


def _notified_message(chat: Chat, content: Json) -> Json:
    """A message inside a notification differs a little from REST (facts.md 7.4)."""
    extra: Json = {
        "@odata.context": f"https://graph.microsoft.com/$metadata#chats('{escaped(chat.id)}')/messages/$entity",
    }
    return (
        extra
        | content
        | {
            "subject": content["subject"] or "",
            "onBehalfOf": None,
            "replies": [],
            "hostedContents": [],
        }
    )
