"""Files and folders of somebody's OneDrive as Graph shows them (facts.md 6.2)."""

import hashlib
import re
from pathlib import PurePosixPath
from urllib.parse import quote

from m365sim.clock import graph_time
from m365sim.graph.call import Json
from m365sim.world.files import DriveFile
from m365sim.world.records import User
from m365sim.world.world import World

_OFFICE = {".docx", ".xlsx", ".pptx"}


def paths_of(world: World, owner_id: str) -> set[str]:
    """What somebody's files are called."""
    return {file.path for file in world.files.values() if file.owner_id == owner_id}


def etag(file: DriveFile) -> str:
    """The GUID and the version, as SharePoint writes them."""
    return f'"{{{file.guid}}},{file.version}"'


def item_json(world: World, file: DriveFile, base: str) -> Json:
    """A driveItem; the GUID in its eTag is the id of the attachment."""
    owner = world.users[file.owner_id]
    return {
        "@microsoft.graph.downloadUrl": download_url(file, base),
        "id": file.id,
        "name": file.name,
        "size": len(file.data),
        "eTag": etag(file),
        "webUrl": opens_at(world, owner, file),
        "createdBy": {
            **({"application": {"id": file.app_id}} if file.app_id else {}),
            "user": {"id": owner.id, "displayName": owner.display_name, "email": owner.mail},
        },
        "webDavUrl": web_url(world, owner, file.path),
        "createdDateTime": graph_time(file.created_ms),
        "lastModifiedDateTime": graph_time(file.modified_ms),
        "file": {"mimeType": file.content_type},
        "parentReference": {
            "driveType": "business",
            "driveId": drive_id(owner),
            "id": folder_id(owner, file.path.rpartition("/")[0]),
            "path": f"/drive/root:/{file.path.rpartition('/')[0]}".rstrip("/"),
        },
    }


def folder_id(owner: User, path: str) -> str:
    """The id of a folder: folders are there as soon as something is in them."""
    return f"01{hashlib.sha256(f'{owner.id}/{path}'.encode()).hexdigest()[:32].upper()}"


def folder_at(world: World, owner: User, path: str) -> Json | None:
    """The driveItem of a folder with something in it."""
    inside = {
        each.removeprefix(f"{path}/").partition("/")[0]
        for each in paths_of(world, owner.id)
        if each.startswith(f"{path}/")
    }
    if not inside:
        return None
    above = path.rpartition("/")[0]
    number = folder_id(owner, path)
    return {
        "id": number,
        "name": path.rpartition("/")[2],
        "eTag": f'"{{{number}}},1"',
        "webUrl": web_url(world, owner, path),
        "folder": {"childCount": len(inside)},
        "parentReference": {"driveType": "business", "driveId": drive_id(owner), "id": folder_id(owner, above)},
    }


def opens_at(world: World, owner: User, file: DriveFile) -> str:
    """Documents of Office open in Office, so that their webUrl does not end like their name."""
    address = web_url(world, owner, file.path)
    if PurePosixPath(file.name).suffix.lower() not in _OFFICE:
        return address
    source = f"sourcedoc=%7B{file.guid}%7D&file={quote(file.name)}&action=default&mobileredirect=true"
    return f"{address.partition('/Documents/')[0]}/_layouts/15/Doc.aspx?{source}"


def web_url(world: World, owner: User, path: str) -> str:
    """Where SharePoint would show the file."""
    organization = world.tenant.domain.split(".")[0]
    person = re.sub(r"[^a-z0-9]", "_", owner.upn.lower())
    return f"https://{organization}-my.sharepoint.com/personal/{person}/Documents/{quote(path)}"


def drive_id(owner: User) -> str:
    """The id of somebody's OneDrive."""
    return f"b!{owner.id}"


def origin(base: str) -> str:
    """Host and scheme of Graph's address."""
    return base.rpartition("/")[0]


def download_url(file: DriveFile, base: str) -> str:
    """An address that needs no token."""
    return f"{origin(base)}/_layouts/15/download.aspx?UniqueId={file.guid.lower()}&tempauth={file.ticket}"


def file_at(world: World, owner: User, path: str) -> DriveFile | None:
    """Somebody's file of that path."""
    return next((file for file in world.files.values() if file.owner_id == owner.id and file.path == path), None)
