"""Teams' HTML made safe and plain: what is kept is on a list, and nothing of what arrives runs here (M4).

First Teams' own elements (`at`, `emoji`, `attachment`, `codeblock`) are turned into ordinary ones, then nh3 keeps
only what is allowed. The order matters: whatever the first step writes is judged by the second.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Final
from urllib.parse import quote, unquote

import nh3

MOST_HTML = 400_000
"""Characters; Teams' own limit is 28 KB a message, newer pages say 100 KB (facts.md 6.2)."""

_TAGS: Final = {
    *("a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i"),
    *("li", "ol", "p", "pre", "s", "span", "strike", "strong", "sub", "sup", "u", "ul"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr"),
}
_BLOCKS: Final = {
    *("blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "pre", "table", "tr"),
}
_SCHEMES: Final = {"http", "https", "mailto", "tel"}
_RENAMED: Final = {"at": "span", "codeblock": "pre"}
_DROPPED: Final = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math"}

AttachmentHtml = Callable[[str], str]
"""Gives the HTML to show in the place of the attachment with that id."""

IMAGE_SCHEME: Final = "hosted"
"""Of the addresses of images that Microsoft keeps: whoever shows the message puts our own proxy's address there."""

_HOSTED: Final = re.compile(r"/hostedContents/([^/?#]+)/\$value$")
_OURS: Final = re.compile(r"hosted:[A-Za-z0-9_.~%-]{1,600}")
_DECLARATION: Final = re.compile(r"<!(?!--)")


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """Images come from our own proxy and from nowhere else; links lead anywhere but there."""
    if tag == "img" and attribute == "src":
        return value if _OURS.fullmatch(value) else None
    if attribute == "href" and value.strip().casefold().startswith(IMAGE_SCHEME + ":"):
        return None
    return value


_cleaner = nh3.Cleaner(
    tags=set(_TAGS) | {"img"},
    clean_content_tags=set(_DROPPED),
    attribute_filter=_kept,
    attributes={
        "a": {"href", "title"},
        "img": {"src", "alt"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan"},
    },
    allowed_classes={"span": {"mention", "note"}, "blockquote": {"quote"}},
    url_schemes={*_SCHEMES, IMAGE_SCHEME},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


def sanitize(teams_html: str, attachment_html: AttachmentHtml) -> str:
    """The message's HTML as it may be shown."""
    rewriter = _Rewriter(attachment_html)
    # Declarations mean nothing in a message, and the parser gives up on malformed ones.
    rewriter.feed(_DECLARATION.sub("&lt;!", teams_html[:MOST_HTML]))
    rewriter.close()
    return _cleaner.clean("".join(rewriter.written)).strip()


def from_text(text: str) -> str:
    """Plain text as HTML, lines kept."""
    return html.escape(text).replace("\n", "<br>")


def to_text(safe_html: str) -> str:
    """What one would read aloud: lines for blocks, nothing for marks."""
    reader = _Reader()
    reader.feed(safe_html)
    reader.close()
    lines = [re.sub(r"[ \t\r\f\v\xa0]+", " ", line).strip() for line in "".join(reader.written).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def note(words: str) -> str:
    """Something that cannot be shown, said in words."""
    return f'<span class="note">{html.escape(words)}</span>'


def link(address: str, words: str) -> str:
    """A link; addresses that are not of the web do not survive the sanitizing."""
    return f'<a href="{html.escape(address)}">{html.escape(words)}</a>'


class _Rewriter(HTMLParser):
    """Writes the same document with Teams' own elements replaced."""

    def __init__(self, attachment_html: AttachmentHtml) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._attachment_html = attachment_html
        self._muted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "emoji":
            # Some senders close it at once, some put the character inside: the inside is skipped.
            self.written.append(html.escape(given.get("alt", "")))
            self._muted += 1
        elif tag == "img":
            self.written.append(_image(given))
        elif tag == "attachment":
            self.written.append(self._attachment_html(given.get("id", "")))
        elif tag == "at":
            self.written.append('<span class="mention">')
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
        elif tag not in {"img", "attachment"}:
            self.written.append(f"</{_RENAMED.get(tag, tag)}>")

    def handle_data(self, data: str) -> None:
        if not self._muted:
            self.written.append(html.escape(data))


def _image(given: dict[str, str]) -> str:
    if "schema.skype.com/emoji" in given.get("itemtype", "").casefold():
        return html.escape(given.get("alt", ""))
    words = given.get("alt", "").strip()
    hosted = _HOSTED.search(given.get("src", ""))
    if hosted is not None:
        address = f"{IMAGE_SCHEME}:{quote(unquote(hosted[1]), safe='')}"
        return f'<img src="{address}" alt="{html.escape(words or "Image")}">'
    return note(f"Image: {words}" if words and words.casefold() != "image" else "Image")


class _Reader(HTMLParser):
    """Collects the text, with a line's end where a block begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.written.append("\n")
        elif tag == "img":
            self.written.append(dict(attrs).get("alt") or "Image")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.written.append("\n")

    def handle_data(self, data: str) -> None:
        self.written.append(data)
