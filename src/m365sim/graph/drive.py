"""Files for reference attachments: upload, read, share (facts.md 6.2: minimal OneDrive)."""

import base64
import mimetypes
import re
from urllib.parse import quote

from msgspec import Struct, field

from m365sim.clock import graph_time
from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.errors import GraphError, bad_request
from m365sim.world import directory
from m365sim.world.files import DriveFile
from m365sim.world.records import User
from m365sim.world.world import World

#: Simple uploads take at most this much.
UPLOAD_LIMIT = 250 * 1024 * 1024
_FORBIDDEN = re.compile(r'["*:<>?\\|]')


class Recipient(Struct):
    """A driveRecipient."""

    email: str | None = None
    object_id: str | None = field(name="objectId", default=None)


class InviteBody(Struct):
    """POST …/invite."""

    recipients: list[Recipient] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)


def upload(call: Call) -> Answer:
    """PUT /me/drive/root:/{path}:/content."""
    path = call.ids["path"].strip("/")
    if not path or _FORBIDDEN.search(path):
        raise bad_request("The file name is not allowed.")
    if len(call.body) > UPLOAD_LIMIT:
        raise GraphError(413, "RequestEntityTooLarge", "The file is too large for a simple upload.")
    now = call.world.clock.now_ms()
    known = _at(call.world, call.me, path)
    kind = call.headers.get("content-type") or mimetypes.guess_type(path)[0] or "application/octet-stream"
    file = known or DriveFile(
        id=f"01{call.world.chance.hex32().upper()}",
        owner_id=call.me.id,
        path=path,
        content_type=kind,
        data=call.body,
        guid=call.world.chance.guid().upper(),
        version=0,
        created_ms=now,
        modified_ms=now,
    )
    file.data, file.content_type = call.body, kind
    file.version, file.modified_ms = file.version + 1, now
    call.world.save(file)
    return Answer(200 if known else 201, item_json(call.world, file))


def get_item(call: Call) -> Answer:
    """GET of an item by id, by path, or by a sharing address."""
    return Answer(body=item_json(call.world, _wanted(call)))


def get_content(call: Call) -> Answer:
    """The bytes (Graph answers with a redirect to them)."""
    file = _wanted(call)
    return Answer(raw=file.data, headers={"Content-Type": file.content_type})


def invite(call: Call) -> Answer:
    """POST …/invite: the recipients of a message need a grant of their own."""
    file = _own(call)
    value: list[Json] = []
    for recipient in call.read(InviteBody).recipients:
        user = directory.find_user(call.world, recipient.object_id or recipient.email or "")
        if user is None:
            raise bad_request("A recipient was not found.")
        file.readers = list(dict.fromkeys([*file.readers, user.id]))
        granted = {"user": {"id": user.id, "displayName": user.display_name}}
        value.append({"id": user.id, "roles": ["read"], "grantedToV2": granted})
    call.world.save(file)
    return Answer(body={"value": value})


def item_json(world: World, file: DriveFile) -> Json:
    """A driveItem; the GUID in its eTag is the id of the attachment."""
    owner = world.users[file.owner_id]
    return {
        "id": file.id,
        "name": file.name,
        "size": len(file.data),
        "eTag": f'"{{{file.guid}}},{file.version}"',
        "webUrl": web_url(world, owner, file.path),
        "webDavUrl": web_url(world, owner, file.path),
        "createdDateTime": graph_time(file.created_ms),
        "lastModifiedDateTime": graph_time(file.modified_ms),
        "file": {"mimeType": file.content_type},
        "parentReference": {"driveType": "business", "driveId": f"b!{owner.id}"},
    }


def web_url(world: World, owner: User, path: str) -> str:
    """Where SharePoint would show the file."""
    organization = world.tenant.domain.split(".")[0]
    person = re.sub(r"[^a-z0-9]", "_", owner.upn.lower())
    return f"https://{organization}-my.sharepoint.com/personal/{person}/Documents/{quote(path)}"


def _wanted(call: Call) -> DriveFile:
    if "share" not in call.ids:
        return _own(call)
    address = _address(call.ids["share"])
    for file in call.world.files.values():
        if web_url(call.world, call.world.users[file.owner_id], file.path) == address:
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
    if "path" in call.ids:
        file = _at(call.world, call.me, call.ids["path"].strip("/"))
    else:
        file = call.world.files.get(call.ids["item"])
    if file is None or file.owner_id != call.me.id:
        raise GraphError(404, "itemNotFound", "The resource could not be found.")
    return file


def _at(world: World, owner: User, path: str) -> DriveFile | None:
    return next((file for file in world.files.values() if file.owner_id == owner.id and file.path == path), None)
