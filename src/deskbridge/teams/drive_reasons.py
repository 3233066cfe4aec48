"""Why a file does not get into OneDrive or to the person, in words for the agent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from deskbridge.teams.graph_errors import Gone, NoSpace, Refused, TooLarge
from deskbridge.teams.sending import CannotBeSent

OFF: Final = "Files to Microsoft Teams were switched off meanwhile. Ask your administrator, then try again."
NOT_ALLOWED: Final = (
    "Microsoft has not allowed Deskbridge to put files into your OneDrive (Files.ReadWrite). "
    "Ask your administrator to give consent, then try again."
)
MISSING: Final = "A file of this message is not here any more. Write a new message and attach it again."
DELETED: Final = (
    "“{}” was deleted in your OneDrive before it could be shared. Leave it there until it is sent, then try again."
)
NO_ITEM: Final = "itemnotfound"
"""What OneDrive says, in small letters, where it is the file that is not there, and not the whole drive."""
TOO_MANY: Final = "There are too many files named “{}” in your OneDrive. Rename the file, then attach it again."

_NO_DRIVE: Final = (
    "Your OneDrive is not set up yet, and files go to Microsoft Teams through it. Open onedrive.com once, wait some "
    "minutes, then try again; if that does not help, ask your administrator for a OneDrive license."
)
_FULL: Final = "“{}” does not fit: your OneDrive is full. Make room there, then try again."
_INFECTED: Final = "Microsoft found harmful software in “{}” and did not take it. Write a new message without the file."
_TOO_LARGE: Final = "“{}” is larger than your OneDrive takes. Send it in another way."
_DENIED: Final = (
    "Microsoft did not let “{}” be put into your OneDrive or be shared with this person. Ask your administrator "
    "whether sharing is allowed, then try again."
)
_OTHER: Final = "Microsoft did not take the file “{}” ({}). Try again; if it stays, tell your administrator."
_BY_CODE: Final[Mapping[str, str]] = {
    "quotalimitreached": _FULL,
    "insufficientstorage": _FULL,
    "malwaredetected": _INFECTED,
    "virussuspicious": _INFECTED,
    "accessdenied": _DENIED,
    "notallowed": _DENIED,
    "sharingdisabled": _DENIED,
    "maxfilesizeexceeded": _TOO_LARGE,
}


def meaning(error: Refused, name: str) -> CannotBeSent:
    """What Microsoft's refusal of a file with that name means for who sent it."""
    if "mysite" in error.said.casefold() or "spo license" in error.said.casefold():
        return CannotBeSent(_NO_DRIVE)
    known = _BY_CODE.get(error.code.casefold())
    if isinstance(error, NoSpace):
        known = _FULL
    elif isinstance(error, TooLarge):
        known = _TOO_LARGE
    elif isinstance(error, Gone) and known is None and error.code.casefold() != NO_ITEM:
        known = _NO_DRIVE
    return CannotBeSent(known.format(name) if known else _OTHER.format(name, error.code or error.status))
