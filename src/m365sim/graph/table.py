"""The list of what exists in Graph. A newcomer adds an operation here first."""

from m365sim.graph import (
    applications,
    chats,
    drive,
    export,
    groups,
    hosted,
    members,
    messages,
    presence,
    users,
    users_delta,
)
from m365sim.graph.batch import Batch
from m365sim.graph.operations import (
    APP_CHAT_BASIC,
    APP_CHAT_READ,
    APP_VIOLATION,
    CHAT_BASIC,
    CHAT_READ,
    CHAT_SEND,
    CHAT_WRITE,
    USER_FULL_READERS,
    USER_READERS,
    Handler,
    Operation,
    in_chats,
    of_user,
)
from m365sim.graph.subscriptions import Subscriptions, get_subscription, list_subscriptions

_PRESENCE_READ = ("Presence.Read", "Presence.Read.All")
_PRESENCE_ALL = ("Presence.Read.All",)
_PRESENCE_WRITE = ("Presence.ReadWrite",)
_APP_PRESENCE_READ = ("Presence.Read.All", "Presence.ReadWrite.All")
_APP_PRESENCE_WRITE = ("Presence.ReadWrite.All",)
_ME_READ = ("User.Read", "User.ReadWrite", *USER_READERS)
_LICENSE = ("User.Read", "LicenseAssignment.Read.All", *USER_FULL_READERS)
_APPLICATIONS = ("Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All")
_GROUP_MEMBERS = (
    "GroupMember.Read.All", "GroupMember.ReadBasic.All", "Group.Read.All", "Group.ReadBasic.All",
    "GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All",
)  # fmt: skip
_ANY = ("*",)


def operations(subscriptions: Subscriptions, batch: Batch) -> list[Operation]:
    """Every operation, by subject."""
    return [
        *_directory(),
        *_groups(),
        *_presence(),
        *_chats(),
        *_messages(),
        *_actions(),
        *_files(),
        *_subscriptions(subscriptions),
        Operation("POST", ("/$batch",), batch.run, _ANY, _ANY, "8", "batch", "batch"),
    ]


def _directory() -> list[Operation]:
    return [
        Operation(
            "GET", ("/organization",), users.list_organizations, _ME_READ, USER_FULL_READERS, "3", "directory",
            "directory", "assumed",
        ),
        Operation(
            "GET", (*of_user("/photo"), *of_user("/photo/$value"), *of_user("/photos/{size}/$value")), users.no_photo,
            _ME_READ, USER_READERS, "3", "directory", "directory", "assumed", "nobody has one",
        ),
        Operation("GET", ("/me",), users.get_me, _ME_READ, (), "3", "directory", "directory"),
        Operation(
            "GET", of_user("/licenseDetails"), users.license_list, _LICENSE,
            ("LicenseAssignment.Read.All", *USER_FULL_READERS), "2", "directory", "directory",
        ),
        Operation(
            "GET", of_user("/licenseDetails/getTeamsLicensingDetails"), users.teams_licensing, _LICENSE,
            USER_FULL_READERS, "2", "directory", "directory",
        ),
        Operation("GET", ("/users",), users.list_users, USER_READERS, USER_READERS, "3", "directory", "directory"),
        Operation(
            "GET", ("/users/$count",), users.count_users, USER_READERS, USER_READERS, "3", "directory", "directory",
        ),
        Operation(
            "GET", ("/users/delta",), users_delta.delta, USER_FULL_READERS, USER_FULL_READERS, "3", "directory",
            "directory",
        ),
        Operation(
            "GET", ("/users/{user}",), users.get_user, _ME_READ, USER_READERS, "3", "directory", "directory",
        ),
        Operation(
            "GET", ("/applications",), applications.list_applications, _APPLICATIONS, _APPLICATIONS,
            "graph/api/application-list", "directory", "directory",
        ),
        Operation(
            "GET", ("/servicePrincipals",), applications.list_service_principals, _APPLICATIONS, _APPLICATIONS,
            "graph/api/serviceprincipal-list", "directory", "directory",
        ),
    ]  # fmt: skip


def _groups() -> list[Operation]:
    return [
        Operation(
            "GET", ("/groups/{group}/transitiveMembers/user",), groups.transitive_users, _GROUP_MEMBERS,
            _GROUP_MEMBERS, "graph/api/group-list-transitivemembers", "directory", "directory",
        ),
        Operation(
            "GET", ("/groups/{group}/transitiveMembers/user/$count",), groups.count_transitive_users, _GROUP_MEMBERS,
            _GROUP_MEMBERS, "graph/api/group-list-transitivemembers", "directory", "directory",
        ),
    ]  # fmt: skip


def _presence() -> list[Operation]:
    def post(action: str, handler: Handler) -> Operation:
        return Operation(
            "POST", of_user(f"/presence/{action}"), handler, _PRESENCE_WRITE, _APP_PRESENCE_WRITE,
            "4", "presence", "presence",
        )  # fmt: skip

    one = (*of_user("/presence"), "/communications/presences/{user}")
    return [
        Operation(
            "GET", one, presence.get_presence, _PRESENCE_READ, _APP_PRESENCE_READ, "4", "presence", "presence"
        ),
        Operation(
            "GET", ("/communications/presences",), presence.list_presences, _PRESENCE_ALL, _APP_PRESENCE_READ,
            "4", "presence", "presence",
        ),
        Operation(
            "POST", ("/communications/getPresencesByUserId",), presence.by_user_id, _PRESENCE_ALL,
            _APP_PRESENCE_READ, "4", "presence", "presence",
        ),
        post("setPresence", presence.set_presence),
        post("clearPresence", presence.clear_presence),
        post("setUserPreferredPresence", presence.set_preferred),
        post("clearUserPreferredPresence", presence.clear_preferred),
        post("setStatusMessage", presence.set_note),
    ]  # fmt: skip


def _chats() -> list[Operation]:
    listing = ("/chats", "/me/chats", "/users/{user}/chats")
    return [
        Operation("GET", listing, chats.list_chats, CHAT_BASIC, APP_CHAT_BASIC, "5", "chat-list"),
        Operation(
            "POST", ("/chats", "/me/chats"), chats.create, ("Chat.Create", "Chat.ReadWrite"), ("Chat.Create",),
            "5", "chat-create",
        ),
        Operation("GET", in_chats(""), chats.get_chat, CHAT_BASIC, APP_CHAT_BASIC, "5", "chat-get"),
        Operation("PATCH", in_chats(""), chats.rename, CHAT_WRITE, (), "5", "chat-patch"),
        Operation(
            "GET", in_chats("/members"), members.list_members,
            ("ChatMember.Read", "ChatMember.ReadWrite", *CHAT_BASIC), APP_CHAT_BASIC, "5",
        ),
        Operation(
            "POST", in_chats("/members"), members.add_member, ("ChatMember.ReadWrite", "Chat.ReadWrite"), (),
            "5", "members-change",
        ),
        Operation(
            "GET", in_chats("/members/{member}"), members.get_member,
            ("ChatMember.Read", "ChatMember.ReadWrite", *CHAT_BASIC), APP_CHAT_BASIC, "5",
        ),
        Operation(
            "DELETE", in_chats("/members/{member}"), members.remove_member,
            ("ChatMember.ReadWrite", "Chat.ReadWrite"), (), "5", "members-change",
        ),
    ]  # fmt: skip


def _messages() -> list[Operation]:
    at = in_chats("/messages/{message}")
    everything = tuple(f"{path}/chats/getAllMessages" for path in ("/me", "/users/{user}"))
    pictures = in_chats("/messages/{message}/hostedContents")
    picture = in_chats("/messages/{message}/hostedContents/{content}")
    value = in_chats("/messages/{message}/hostedContents/{content}/$value")
    return [
        Operation(
            "GET", in_chats("/messages"), messages.list_messages, CHAT_READ, APP_CHAT_READ, "6.3", "message-read"
        ),
        Operation("POST", in_chats("/messages"), messages.send, CHAT_SEND, (), "6.2", "message-send"),
        Operation(
            "POST", in_chats("/messages/replyWithQuote"), messages.reply_with_quote, CHAT_SEND, (), "6.2",
            "message-send",
        ),
        Operation("GET", at, messages.get_message, CHAT_READ, APP_CHAT_READ, "6.3", "message-read"),
        Operation("PATCH", at, messages.edit, CHAT_WRITE, APP_VIOLATION, "6.4", "message-patch"),
        Operation(
            "GET", everything, export.all_messages, (), APP_CHAT_READ, "6.3", "message-export",
            evidence="observed", note="a delegated token gets 412",
        ),
        Operation(
            "GET", tuple(f"{path}/delta" for path in everything), export.delta, (), APP_CHAT_READ, "6.3",
            "message-export", evidence="observed", note="a delegated token gets 412",
        ),
        Operation("GET", pictures, hosted.list_hosted, CHAT_READ, APP_CHAT_READ, "6.2", "hosted"),
        Operation("GET", picture, hosted.get_hosted, CHAT_READ, APP_CHAT_READ, "6.2", "hosted"),
        Operation("GET", value, hosted.get_value, CHAT_READ, APP_CHAT_READ, "6.2", "hosted-value"),
    ]  # fmt: skip


def _actions() -> list[Operation]:
    def on_message(action: str, handler: Handler, scopes: tuple[str, ...], row: str) -> Operation:
        paths = in_chats(f"/messages/{{message}}/{action}")
        return Operation("POST", paths, handler, scopes, (), "6.4", row)

    def on_chat(action: str, handler: Handler) -> Operation:
        return Operation("POST", in_chats(f"/{action}"), handler, CHAT_WRITE, (), "5")

    return [
        on_message("softDelete", messages.soft_delete, CHAT_WRITE, "message-delete"),
        on_message("undoSoftDelete", messages.undo_soft_delete, CHAT_WRITE, "message-delete"),
        on_message("setReaction", messages.set_reaction, CHAT_SEND, "default"),
        on_message("unsetReaction", messages.unset_reaction, CHAT_SEND, "default"),
        on_chat("markChatReadForUser", chats.mark_read),
        on_chat("markChatUnreadForUser", chats.mark_unread),
        on_chat("hideForUser", chats.hide),
        on_chat("unhideForUser", chats.unhide),
    ]


def _files() -> list[Operation]:
    drives = ("/me/drive", "/drives/{drive}")
    by_path = (*(f"{at}/root/path/{{path}}" for at in drives), "/drives/{drive}/items/root/path/{path}")
    by_id = tuple(f"{at}/items/{{item}}" for at in drives)
    shared = ("/shares/{share}/driveItem",)
    read, write = ("Files.Read", "Files.ReadWrite"), ("Files.ReadWrite",)

    def row(method: str, paths: tuple[str, ...], handler: Handler, scopes: tuple[str, ...]) -> Operation:
        note = "a minimal drive, so that attachments have something to refer to"
        return Operation(method, paths, handler, scopes, (), "6.2", "default", "files", note=note)

    def below(paths: tuple[str, ...], rest: str) -> tuple[str, ...]:
        return tuple(f"{path}{rest}" for path in paths)

    return [
        row("GET", drives, drive.get_drive, read),
        row("GET", below(drives, "/root/children"), drive.list_children, read),
        row("PUT", below(by_path, "/content"), drive.upload, write),
        row("POST", below(by_path, "/createUploadSession"), drive.create_upload_session, write),
        row("GET", (*by_path, *by_id, *shared), drive.get_item, read),
        row("GET", below((*by_path, *by_id, *shared), "/content"), drive.get_content, read),
        row("POST", below((*by_path, *by_id), "/invite"), drive.invite, write),
        row("DELETE", (*by_path, *by_id), drive.delete_item, write),
    ]


def _subscriptions(own: Subscriptions) -> list[Operation]:
    one = ("/subscriptions/{subscription}",)
    again = ("/subscriptions/{subscription}/reauthorize",)

    def row(method: str, paths: tuple[str, ...], handler: Handler, throttle: str) -> Operation:
        return Operation(method, paths, handler, _ANY, _ANY, "7.2", throttle, "subscriptions")

    return [
        row("POST", ("/subscriptions",), own.create, "subscription-change"),
        row("GET", ("/subscriptions",), list_subscriptions, "subscription-list"),
        row("GET", one, get_subscription, "subscription-get"),
        row("PATCH", one, own.renew, "subscription-change"),
        row("DELETE", one, own.delete, "subscription-change"),
        row("POST", again, own.reauthorize, "reauthorize"),
    ]
