"""Files for reference attachments: upload, read, share (facts.md 6.2: minimal OneDrive)."""

import base64
import mimetypes
import re
from dataclasses import dataclass

from msgspec import field

from m365sim.clock import graph_time
from m365sim.graph.bodies import Body, Parameters
from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.render_drive import (
    download_url,
    drive_id,
    etag,
    file_at,
    folder_at,
    item_json,
    opens_at,
    origin,
    paths_of,
    web_url,
)
from m365sim.world import directory
from m365sim.world.files import DriveFile, Upload, free_path
from m365sim.world.records import User
from m365sim.world.world import World

#: Simple uploads take at most this much.
UPLOAD_LIMIT = 250 * 1024 * 1024
#: How long the pieces of a large file may take.
UPLOAD_LIFE = 3 * 24 * 3600.0
CONFLICT = "@microsoft.graph.conflictBehavior"
_FORBIDDEN = re.compile(r'["*:<>?\\|]')


class Recipient(Body):
    """A driveRecipient."""

    graph_type = "microsoft.graph.driveRecipient"
    accepted = frozenset({"alias"})
    email: str | None = None
    object_id: str | None = field(name="objectId", default=None)


class InviteBody(Parameters):
    """POST …/invite."""

    graph_type = "microsoft.graph.invite"
    accepted = frozenset(
        {"requireSignIn", "sendInvitation", "message", "expirationDateTime", "password", "retainInheritedPermissions"}
    )
    recipients: list[Recipient] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)


class UploadItem(Body):
    """driveItemUploadableProperties."""

    graph_type = "microsoft.graph.driveItemUploadableProperties"
    accepted = frozenset({"name", "description", "fileSize", "fileSystemInfo", "driveItemSource", "mediaSource"})
    conflict: str = field(name="@microsoft.graph.conflictBehavior", default="fail")


class UploadBody(Parameters):
    """POST …/createUploadSession."""

    graph_type = "microsoft.graph.createUploadSession"
    accepted = frozenset({"deferCommit"})
    item: UploadItem = field(default_factory=UploadItem)


def get_drive(call: Call) -> Answer:
    """GET /me/drive."""
    owner = _owner(call)
    return Answer(
        body={
            "@odata.context": call.context("drives/$entity"),
            "id": drive_id(owner),
            "driveType": "business",
            "name": "OneDrive",
            "webUrl": web_url(call.world, owner, "").rstrip("/"),
            "owner": {"user": {"id": owner.id, "displayName": owner.display_name, "email": owner.mail}},
        }
    )


def list_children(call: Call) -> Answer:
    """GET /me/drive/root/children: files of the top folder (folders are not simulated)."""
    mine = [file for file in call.world.files.values() if file.owner_id == _owner(call).id and "/" not in file.path]
    value = [item_json(call.world, file, call.base) for file in mine]
    return Answer(body={"@odata.context": call.context("driveItems"), "value": value})


def upload(call: Call) -> Answer:
    """PUT /me/drive/root:/{path}:/content; without a word on conflicts, what is there is replaced."""
    owner, path = _owner(call), _new_path(call)
    if len(call.body) > UPLOAD_LIMIT:
        raise GraphError(413, "RequestEntityTooLarge", "The file is too large for a simple upload.")
    conflict = _conflict(call.query.get(CONFLICT, "replace"))
    known = file_at(call.world, owner, path)
    if known is not None and conflict == "fail":
        raise taken()
    if known is not None and conflict == "rename":
        path, known = free_path(paths_of(call.world, owner.id), path), None
    if known is not None:
        _check_match(call, known)
    kind = call.headers.get("content-type")
    file, is_new = keep(call.world, owner.id, path, call.body, Brought(kind, call.caller.app_id))
    return Answer(201 if is_new else 200, item_json(call.world, file, call.base))


def create_upload_session(call: Call) -> Answer:
    """POST …:/createUploadSession: for what is too large for one request; the pieces go to SharePoint."""
    owner, path = _owner(call), _new_path(call)
    conflict = _conflict(call.read(UploadBody).item.conflict if call.body else "fail")
    if conflict == "fail" and file_at(call.world, owner, path):
        raise taken()
    now = call.world.clock.now()
    session = Upload(
        id=call.world.chance.secret(48), owner_id=owner.id, path=path, expires_at=now + UPLOAD_LIFE, conflict=conflict,
        app_id=call.caller.app_id,
    )  # fmt: skip
    call.world.save(session)
    return Answer(
        body={
            "@odata.context": call.context("microsoft.graph.uploadSession"),
            "uploadUrl": f"{origin(call.base)}/_api/v2.0/drive/uploadSession?tempauth={session.id}",
            "expirationDateTime": graph_time(int(session.expires_at * 1000)),
            "nextExpectedRanges": ["0-"],
        }
    )


@dataclass(frozen=True, slots=True)
class Brought:
    """What comes with the bytes of a file: what they are said to be, and which app brings them."""

    content_type: str | None = None
    app_id: str = ""


def keep(world: World, owner_id: str, path: str, data: bytes, brought: Brought) -> tuple[DriveFile, bool]:
    """Store a file, new or as the next version of what is there; says whether it is new."""
    now = world.clock.now_ms()
    known = file_at(world, world.users[owner_id], path)
    file = known or DriveFile(
        id=f"01{world.chance.hex32().upper()}", owner_id=owner_id, path=path, content_type="", data=b"",
        guid=world.chance.guid().upper(), version=0, created_ms=now, modified_ms=now, ticket=world.chance.secret(),
        app_id=brought.app_id,
    )  # fmt: skip
    file.data = data
    file.content_type = brought.content_type or mimetypes.guess_type(path)[0] or "application/octet-stream"
    file.version, file.modified_ms = file.version + 1, now
    world.save(file)
    return file, known is None


def get_item(call: Call) -> Answer:
    """GET of an item by id, by path, or by a sharing address; by path also of a folder."""
    folder = folder_at(call.world, _owner(call), call.ids["path"].strip("/")) if "path" in call.ids else None
    item = folder or item_json(call.world, _wanted(call), call.base)
    if call.headers.get("if-none-match", "") == item["eTag"]:
        return Answer(304)
    return Answer(body=item, headers={"ETag": str(item["eTag"])})


def get_content(call: Call) -> Answer:
    """Graph leads to an address of SharePoint that needs no token."""
    return Answer(302, headers={"Location": download_url(_wanted(call), call.base)})


def delete_item(call: Call) -> Answer:
    """DELETE of an item by id or by path; there is no recycle bin here."""
    file = _own(call)
    _check_match(call, file)
    call.world.forget(file)
    return Answer(204)


def invite(call: Call) -> Answer:
    """POST …/invite: the recipients of a message need a grant of their own."""
    file = _own(call)
    _check_match(call, file)
    asked = call.read(InviteBody)
    if not asked.recipients or not asked.roles or not set(asked.roles) <= {"read", "write"}:
        raise GraphError(400, "invalidRequest", "An invitation needs recipients, and the roles read or write.")
    value: list[Json] = []
    for recipient in asked.recipients:
        user = directory.find_user(call.world, recipient.object_id or recipient.email or "")
        if user is None:
            raise bad_request("A recipient was not found.")
        file.readers = list(dict.fromkeys([*file.readers, user.id]))
        granted = {"user": {"id": user.id, "displayName": user.display_name}}
        value.append({"id": user.id, "roles": asked.roles, "grantedToV2": granted, "grantedTo": granted})
    call.world.save(file)
    return Answer(body={"value": value})


def taken() -> GraphError:
    """There is a file of that name."""
    return GraphError(409, "nameAlreadyExists", "The specified item name already exists.")


def _conflict(wanted: str) -> str:
    if wanted not in ("fail", "replace", "rename"):
        raise bad_request("Invalid @microsoft.graph.conflictBehavior: use fail, replace or rename.")
    return wanted


def _check_match(call: Call, file: DriveFile) -> None:
    changed = GraphError(412, "resourceModified", "ETag does not match current item's value")
    call.check_match(etag(file), changed)


def _owner(call: Call) -> User:
    """The caller; other people's drives are closed."""
    if call.ids.get("drive", drive_id(call.me)) != drive_id(call.me):
        raise GraphError(404, "itemNotFound", "The resource could not be found.")
    return call.me


def _new_path(call: Call) -> str:
    path = call.ids["path"].strip("/")
    if not path or _FORBIDDEN.search(path):
        raise bad_request("The file name is not allowed.")
    return path


def _wanted(call: Call) -> DriveFile:
    if "share" not in call.ids:
        return _own(call)
    address = _address(call.ids["share"])
    for file in call.world.files.values():
        owner = call.world.users[file.owner_id]
        if address in (web_url(call.world, owner, file.path), opens_at(call.world, owner, file)):
            if call.me.id in (file.owner_id, *file.readers):
                return file
            raise GraphError(403, "accessDenied", "The caller does not have permission to perform the action.")
    raise GraphError(404, "itemNotFound", "The resource could not be found.")


def _address(share: str) -> str:
    """A sharing token is `u!` and the address in base64url."""
    try:
        return base64.urlsafe_b64decode(share.removeprefix("u!") + "=" * (-len(share[2:]) % 4)).decode()
    except ValueError as trouble:
        raise bad_request("The sharing token is malformed.") from trouble


def _own(call: Call) -> DriveFile:
    _owner(call)
    if "path" in call.ids:
        file = file_at(call.world, call.me, call.ids["path"].strip("/"))
    else:
        file = call.world.files.get(call.ids["item"])
    if file is None or file.owner_id != call.me.id:
        raise GraphError(404, "itemNotFound", "The resource could not be found.")
    return file
