"""The HTML that messages may hold, wherever it comes from: what is kept is on a list, and the rest does not run (M4).

One list for what other platforms send and for what is written here. Nothing that was not through `clean` is stored.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final

import nh3

_TAGS: Final = {
    *("a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img"),
    *("li", "ol", "p", "pre", "s", "span", "strike", "strong", "sub", "sup", "u", "ul"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr"),
}
_BLOCKS: Final = {
    *("blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "pre", "table", "tr"),
}
_DROPPED: Final = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math"}

HOSTED: Final = "hosted"
"""Scheme of the addresses of images that Microsoft keeps: whoever shows the message puts our own proxy's there."""
KEPT: Final = "kept"
"""Scheme of the addresses of images that were written here and are kept here."""

_OURS: Final = re.compile(rf"({HOSTED}|{KEPT}):[A-Za-z0-9_.~%-]{{1,600}}")
_SOMEBODY: Final = re.compile(r"[A-Za-z0-9:-]{1,80}")


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Images come from us and from nowhere else; links lead anywhere but there."""
    if tag == "img" and attribute == "src":
        return value if _OURS.fullmatch(value) else None
    if attribute == "data-person":
        return value if _SOMEBODY.fullmatch(value) else None
    if attribute == "href" and value.strip().casefold().startswith((HOSTED + ":", KEPT + ":")):
        return None
    return value


_cleaner = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_DROPPED),
    attribute_filter=_allowed,
    attributes={
        "a": {"href", "title"},
        "img": {"src", "alt"},
        "span": {"data-person"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan"},
    },
    allowed_classes={"span": {"mention", "note"}, "blockquote": {"quote"}},
    url_schemes={"http", "https", "mailto", "tel", HOSTED, KEPT},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


def clean(source: str) -> str:
    """What of it may be shown; addresses among its words are links."""
    safe = _cleaner.clean(source)
    linked = _with_links(safe) if "://" in safe else safe
    # What was written into it is judged like all else.
    return (safe if linked == safe else _cleaner.clean(linked)).strip()


# What ends a sentence or a bracket is not of the address (linked-text.tsx does the same with plain words).
_ADDRESS: Final = re.compile(r"""https?://[^\s<>"]*[^\s<>".,;:!?'’”)\]}]""", re.IGNORECASE)


def with_links(text: str) -> str:
    """Plain text as HTML: nothing in it is markup, and its web addresses are links."""
    parts: list[str] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = html.escape(found[0])
        link = f'<a href="{address}">{address}</a>'
        # What only looks like an address (`http://[`) would be a link that leads nowhere.
        if not _cleaner.clean(link).startswith("<a href="):
            continue
        parts += [html.escape(text[end : found.start()]), link]
        end = found.end()
    return "".join([*parts, html.escape(text[end:])])


_PIECE: Final = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z-]+="[^"]*")*)>|[^<]+')


def _with_links(safe_html: str) -> str:
    """Not within links, code, names and notes, which are whole as they are."""
    is_whole: list[bool] = []

    def written(piece: re.Match[str]) -> str:
        closes, tag, attributes = piece.groups()
        if tag in {"a", "code", "pre", "span"}:
            if closes:
                is_whole.pop()
            else:
                is_whole.append(tag != "span" or attributes != "")
        if tag or any(is_whole) or "://" not in piece[0]:
            return piece[0]
        return with_links(html.unescape(piece[0]))

    return _PIECE.sub(written, safe_html)


# Most messages are a line or two: for those nothing has to be parsed, which takes a tenth of the time.
_LINES: Final = re.compile(r"(?:[^<&]|</?p>|<br>)*")
_TAG: Final = re.compile(r"<[^>]*>")
_SPACES: Final = re.compile(r"[ \t\r\f\v\xa0]+")


def to_text(safe_html: str) -> str:
    """What one would read aloud: lines for blocks, nothing for marks."""
    if _LINES.fullmatch(safe_html):
        words = _TAG.sub("\n", safe_html)
    else:
        reader = _Reader()
        reader.feed(safe_html)
        reader.close()
        words = "".join(reader.written)
    lines = [_SPACES.sub(" ", line).strip() for line in words.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def note(words: str) -> str:
    """Something that cannot be shown, said in words."""
    return f'<span class="note">{html.escape(words)}</span>'


_SPAN: Final = re.compile(r'<span((?: class="[^"]*"| data-person="[^"]*")+)>')
_PERSON: Final = re.compile(r' data-person="([^"]*)"')


def mention(person: str, words: str) -> str:
    """Somebody who is named in a message; `person` may be empty where nobody knows who that is."""
    who = f' data-person="{html.escape(person)}"' if person else ""
    return f'<span class="mention"{who}>{html.escape(words)}</span>'


def mentioned(safe_html: str) -> list[str]:
    """Whom the message names."""
    named = [_PERSON.search(each) for each in _SPAN.findall(safe_html)]
    return list(dict.fromkeys(each[1] for each in named if each))


def with_persons(safe_html: str, known: Mapping[str, str | None]) -> str:
    """The message with other ids of whom it names; who is not known is a name only."""

    def named(found: re.Match[str]) -> str:
        person = known.get(found[1])
        return f' data-person="{person}"' if person else ""

    return _SPAN.sub(lambda found: f"<span{_PERSON.sub(named, found[1])}>", safe_html)


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
