"""Pictures between our HTML and Teams': where Microsoft has those that a message shows (facts.md 6.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Final
from urllib.parse import quote, unquote

HOSTED_AT: Final = re.compile(r"/hostedContents/([^/?#]+)/\$value$")
"""Where the address of a picture has its id."""

_SOURCE: Final = re.compile(r'<img\b[^<>]*?\ssrc\s*=\s*(?:"([^"<>]*)"|\'([^\'<>]*)\')', re.IGNORECASE)
_SHOWN: Final = re.compile(r'(<img src=")((?:hosted|kept):[A-Za-z0-9_.~%-]+)"')


class PictureMissing(Exception):
    """The message in Teams does not have a picture that it is to show."""


def addresses_in(teams_html: str) -> dict[str, str]:
    """Where Microsoft has the pictures of a message, by the addresses under which our HTML keeps them."""
    found: dict[str, str] = {}
    for double, single in _SOURCE.findall(teams_html):
        address = unescape(double or single)
        hosted = HOSTED_AT.search(address)
        if hosted is not None:
            found[f"hosted:{quote(unquote(hosted[1]), safe='')}"] = address
    return found


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
