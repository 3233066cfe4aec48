"""Pictures between our HTML and Teams': where each of both has those that a message shows (facts.md 6.2). Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any, Final
from urllib.parse import quote, unquote

_HOSTED_AT: Final = re.compile(r"/hostedContents/([^/?#]+)/\$value$")
_ITS_ID: Final = re.compile(r"(?!\.+\Z)[\w.=+~-]{1,600}", re.ASCII)
"""Microsoft's are Base64. What leads elsewhere when it stands in an address, written in whatever way, is none."""

_SOURCE: Final = re.compile(r'<img\b[^<>]*?\ssrc\s*=\s*(?:"([^"<>]*)"|\'([^\'<>]*)\')', re.IGNORECASE)
_KEPT: Final = "kept:"
_SHOWN: Final = re.compile(r'(<img src=")((?:hosted|kept):[A-Za-z0-9_.~%-]+)"')


@dataclass(frozen=True, slots=True)
class Picture:
    """One that is kept here and goes with a message; its place in the message is its name on the way."""

    id: str
    content_type: str
    content: bytes


class PictureMissing(Exception):
    """The message in Teams does not have a picture that it is to show."""


def hosted_id(address: str) -> str | None:
    """What Microsoft calls the picture at that address; None where it leads to no picture, but elsewhere in Graph."""
    found = _HOSTED_AT.search(address)
    its_id = unquote(found[1]) if found else None
    return its_id if its_id and is_hosted_id(its_id) else None


def is_hosted_id(text: str) -> bool:
    """Whether a picture at Microsoft can be called so."""
    return _ITS_ID.fullmatch(text) is not None


def kept_in(html: str) -> list[str]:
    """The ids of the pictures that are kept here and shown by our HTML, in the order in which they stand."""
    if "<img" not in html:
        return []
    shown = [unquote(address.removeprefix(_KEPT)) for _, address in _SHOWN.findall(html) if address.startswith(_KEPT)]
    return list(dict.fromkeys(shown))


def to_send(html: str, pictures: Sequence[Picture]) -> tuple[str, list[dict[str, Any]]]:
    """Our HTML with the pictures' names on the way, and the pictures under them as Graph takes them."""
    names = {_KEPT + each.id: f"../hostedContents/{number}/$value" for number, each in enumerate(pictures, 1)}
    hosted = [
        {
            "@microsoft.graph.temporaryId": str(number),
            "contentBytes": base64.b64encode(each.content).decode(),
            "contentType": each.content_type,
        }
        for number, each in enumerate(pictures, 1)
    ]
    return with_addresses(html, names), hosted


def names_there(sent: Sequence[str], teams_html: str) -> dict[str, str]:
    """What Microsoft calls the pictures that were sent in this order; nothing where it shows another number of them."""
    there = list(addresses_in(teams_html))
    return dict(zip(sent, there, strict=True)) if len(there) == len(sent) else {}


def names_by_place(our_html: str, teams_html: str) -> dict[str, str]:
    """What Microsoft calls the pictures that are kept here, by their place among all; nothing where these differ."""
    ours = list(dict.fromkeys(address for _, address in _SHOWN.findall(our_html)))
    there = list(addresses_in(teams_html))
    pairs = list(zip(ours, there, strict=False))
    if len(ours) != len(there) or any(one != other for one, other in pairs if not one.startswith(_KEPT)):
        return {}
    return {unquote(one.removeprefix(_KEPT)): other for one, other in pairs if one.startswith(_KEPT)}


def as_kept(html: str, names: Mapping[str, str]) -> str:
    """HTML from Teams in which those pictures are ours again that we sent; `names` as Microsoft calls them."""
    ours = {there: _KEPT + quote(here, safe="") for here, there in names.items()}
    return _SHOWN.sub(lambda found: f'{found[1]}{ours.get(found[2], found[2])}"', html)


def addresses_in(teams_html: str) -> dict[str, str]:
    """Where Microsoft has the pictures of a message, by the addresses under which our HTML keeps them."""
    found: dict[str, str] = {}
    for double, single in _SOURCE.findall(teams_html):
        address = unescape(double or single)
        its_id = hosted_id(address)
        if its_id is not None:
            found[f"hosted:{quote(its_id, safe='')}"] = address
    return found


def of_kept(names: Mapping[str, str], addresses: Mapping[str, str]) -> dict[str, str]:
    """Where Microsoft has the pictures that we sent, by the addresses under which our HTML keeps them."""
    return {_KEPT + quote(here, safe=""): addresses[name] for here, name in names.items() if name in addresses}


def not_there(html: str, known: Mapping[str, str]) -> list[str]:
    """The ids of those pictures that our HTML shows, that are kept here and that Microsoft does not have."""
    return [each for each in kept_in(html) if _KEPT + quote(each, safe="") not in known]


def themselves(ids: Sequence[str]) -> dict[str, str]:
    """Addresses that stay for now: these pictures go along, and are named then."""
    return {address: address for each in ids for address in [_KEPT + quote(each, safe="")]}


def shows_any(html: str) -> bool:
    """Whether our HTML shows pictures that somebody keeps."""
    return "<img" in html and _SHOWN.search(html) is not None


def with_addresses(html: str, known: Mapping[str, str]) -> str:
    """Our HTML with Microsoft's addresses in place of those under which it is kept; raises PictureMissing."""

    def there(found: re.Match[str]) -> str:
        address = known.get(found[2])
        if address is None:
            raise PictureMissing
        return f'{found[1]}{escape(address)}"'

    return _SHOWN.sub(there, html) if "<img" in html else html
