"""A minimal drive: just enough to hold the files that messages refer to (facts.md 6.2)."""

from typing import ClassVar

from msgspec import Struct, field


class DriveFile(Struct, kw_only=True):
    """A file in somebody's OneDrive; `readers` are the people it was shared with."""

    kind: ClassVar[str] = "file"
    id: str
    owner_id: str
    path: str
    content_type: str
    data: bytes
    guid: str
    version: int = 1
    created_ms: int
    modified_ms: int
    readers: list[str] = field(default_factory=list)
    #: In addresses that need no token, as SharePoint's `tempauth`.
    ticket: str = ""
    #: Which app brought it.
    app_id: str = ""

    @property
    def key(self) -> str:
        """Item id."""
        return self.id

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


class Upload(Struct, kw_only=True):
    """A file that arrives in pieces; its address carries the id and needs no token."""

    kind: ClassVar[str] = "upload"
    id: str
    owner_id: str
    path: str
    expires_at: float
    #: replace, fail or rename, when there is such a file already.
    conflict: str = "fail"
    app_id: str = ""
    size: int | None = None
    data: bytes = b""

    @property
    def key(self) -> str:
        """Its id."""
        return self.id


def free_path(taken: set[str], path: str) -> str:
    """`Bill.pdf`, or `Bill 1.pdf` when that is taken, and so on."""
    stem, dot, ending = path.rpartition(".")
    if not dot or "/" in ending:
        stem, dot, ending = path, "", ""
    number, free = 0, path
    while free in taken:
        number += 1
        free = f"{stem} {number}{dot}{ending}"
    return free
