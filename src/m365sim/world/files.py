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

    @property
    def key(self) -> str:
        """Item id."""
        return self.id

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]
