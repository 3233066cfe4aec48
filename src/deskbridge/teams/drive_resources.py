"""What Graph says of files in OneDrive; apart from `resources.py` by size (facts.md 6.2)."""

from __future__ import annotations

from datetime import datetime

from deskbridge.teams.resources import IdentitySet, Resource


class ItemReference(Resource):
    """Where something is in a drive."""

    id: str | None = None


class DriveItem(Resource):
    """A file or a folder in OneDrive; the GUID in its eTag is the id of its attachment (facts.md 6.2)."""

    id: str
    e_tag: str = ""
    name: str = ""
    web_url: str = ""
    created_date_time: datetime | None = None
    created_by: IdentitySet | None = None
    parent_reference: ItemReference | None = None


class UploadSession(Resource):
    """Where the pieces of a large file go: an address that is its own permission, and what it lacks."""

    upload_url: str = ""
    next_expected_ranges: list[str] | None = None
