"""Teams' HTML made safe: its own elements become ordinary ones, and nothing of what arrives runs here (M4).

First Teams' own elements (`at`, `emoji`, `attachment`, `codeblock`) are turned into ordinary ones, then only what is
on the list of `safe_html` is kept. The order matters: whatever the first step writes is judged by the second.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final
from urllib.parse import quote

from deskbridge.conversations.safe_html import HOSTED, clean, mention, note
from deskbridge.teams.pictures import hosted_id

MOST_HTML = 400_000
"""Characters; Teams' own limit is 28 KB a message, newer pages say 100 KB (facts.md 6.2)."""

_RENAMED: Final = {"codeblock": "pre"}
_VOID: Final = {"img", "attachment", "customemoji"}
# Nothing of Teams' own is in most messages: then there is nothing to rewrite.
_ORDINARY: Final = re.compile(r"(?:[^<&]|</?(?:p|div|b|i|u|s|strong|em)>|<br>)*")
_DECLARATION: Final = re.compile(r"<!(?!--)")

IN_TEAMS: Final = "teams:"
"""Before the Microsoft id of who is mentioned, until whoever stores the message puts a Person there."""


def sanitize(teams_html: str, mentioned: Mapping[str, str] | None = None) -> str:
    """The message's HTML as it may be shown; `mentioned` says whom the ids of its `at` elements mean."""
    if _ORDINARY.fullmatch(teams_html):
        return clean(teams_html[:MOST_HTML])
    rewriter = _Rewriter(mentioned or {})
    # Declarations mean nothing in a message, and the parser gives up on malformed ones.
    rewriter.feed(_DECLARATION.sub("&lt;!", teams_html[:MOST_HTML]))
    rewriter.close()
    return clean("".join(rewriter.written))


def from_text(text: str) -> str:
    """Plain text as HTML, lines kept."""
    return html.escape(text).replace("\n", "<br>")


class _Rewriter(HTMLParser):
    """Writes the same document with Teams' own elements replaced."""

    def __init__(self, mentioned: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._mentioned = mentioned
        self._muted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "emoji":
            # Some senders close it at once, some put the character inside: the inside is skipped.
            self.written.append(html.escape(given.get("alt", "")))
            self._muted += 1
        elif tag in _VOID:
            # Attachments are shown below the words, wherever their marks stand.
            self.written.append("" if tag == "attachment" else _image(given))
        elif tag == "at":
            who = self._mentioned.get(given.get("id", ""), "")
            self.written.append(mention(who and IN_TEAMS + who, "").removesuffix("</span>"))
        elif not self._muted:
            kept = "".join(f' {name}="{html.escape(value)}"' for name, value in given.items())
            self.written.append(f"<{_RENAMED.get(tag, tag)}{kept}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag == "emoji":
            self._muted -= 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "emoji":
            self._muted = max(0, self._muted - 1)
        elif tag == "at":
            self.written.append("</span>")
        elif tag not in _VOID:
            self.written.append(f"</{_RENAMED.get(tag, tag)}>")

    def handle_data(self, data: str) -> None:
        if not self._muted:
            self.written.append(html.escape(data))


def _image(given: dict[str, str]) -> str:
    if "schema.skype.com/emoji" in given.get("itemtype", "").casefold():
        return html.escape(given.get("alt", ""))
    words = given.get("alt", "").strip()
    # A reaction or emoji of the organisation's own names its picture elsewhere than others do.
    its_id = hosted_id(given.get("src") or given.get("source", ""))
    if its_id is not None:
        address = f"{HOSTED}:{quote(its_id, safe='')}"
        return f'<img src="{address}" alt="{html.escape(words or "Image")}">'
    return note(f"Image: {words}" if words and words.casefold() != "image" else "Image")
