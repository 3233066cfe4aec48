"""Web addresses among the words of a message are links, wherever it was written, and nothing else changes (M4)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskbridge.conversations.model import html_from_text
from deskbridge.conversations.safe_html import clean, to_text

ABOUT = ' target="_blank" rel="noopener noreferrer nofollow"'


def bare(html: str) -> str:
    return html.replace(ABOUT, "")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<p>At https://a.example/b.</p>", '<p>At <a href="https://a.example/b">https://a.example/b</a>.</p>'),
        ("(HTTP://a.example)&nbsp;x", '(<a href="HTTP://a.example">HTTP://a.example</a>)&nbsp;x'),
        ("https://a/?b=1&amp;c=2", '<a href="https://a/?b=1&amp;c=2">https://a/?b=1&amp;c=2</a>'),
        ("https://a&lt;b&gt;", '<a href="https://a">https://a</a>&lt;b&gt;'),
        ("<b>https://a</b>", '<b><a href="https://a">https://a</a></b>'),
        ("<span>https://a</span>", '<span><a href="https://a">https://a</a></span>'),
        ('<a href="https://b">https://a <b>https://a</b></a>', '<a href="https://b">https://a <b>https://a</b></a>'),
        ("<pre>https://a <code>b</code> https://c</pre>", "<pre>https://a <code>b</code> https://c</pre>"),
        ("<code>https://a</code>", "<code>https://a</code>"),
        ('<span class="mention">https://a</span>', '<span class="mention">https://a</span>'),
        ('<img src="hosted:i" alt="https://a">', '<img src="hosted:i" alt="https://a">'),
        ("http://... ftp://a javascript://a", "http://... ftp://a javascript://a"),
        ("http://[ https://a:99999 https://b", 'http://[ https://a:99999 <a href="https://b">https://b</a>'),
        ("http:///?href= http://a^b", "http:///?href= http://a^b"),
    ],
)
def test_an_address_is_a_link_where_words_are(said: str, shown: str) -> None:
    assert bare(clean(said)) == shown


def test_attributes_are_not_words() -> None:
    """However a title looks, it stays one."""
    titled = clean('<a href="https://a" title="</a>https://b ">c</a>')
    assert titled.count("<a ") == 1
    assert 'href="https://b' not in titled


PIECES = [
    *(
        "https://a.example/b?c=1",
        "http://",
        "http://[",
        "https://x.",
        "&amp;",
        "&lt;",
        "&nbsp;",
        '"',
        "'",
        " ",
        "\n",
        "’",
    ),
    *("<p>", "</p>", "<a href='https://z'>", "</a>", "<code>", "</code>", "<pre>", "</pre>", "<span>", "</span>"),
    *("<table><tr><td>", "</td></tr></table>", "<span class=mention>", "<script>", "</script>", "<br>", "<!--", "-->"),
]
written = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4))).map("".join)


@given(written)
def test_words_stay_and_nothing_is_linked_twice(said: str) -> None:
    once = clean(said)
    assert clean(once) == once
    # Without "://" nothing is linked: the rest is as it would have been.
    without = to_text(clean(said.replace("://", ":⁄/")))
    assert to_text(once) == without.replace(":⁄/", "://")


@given(st.lists(st.sampled_from(["http://", "https://", *"[]@:^%?#/.a9"])).map("".join))
def test_no_link_is_dead(said: str) -> None:
    for shown in (html_from_text(said), clean(said), clean(html_from_text(said))):
        assert shown.count("<a ") == shown.count('<a href="')


@given(st.text(alphabet="ahtps:/.)] \n\"'<&’"))
def test_plain_words_have_the_links_that_html_has(said: str) -> None:
    links = re.findall(r'href="([^"]*)"', clean(html_from_text(said)))
    paragraph = clean(f"<p>{said.replace('&', '&amp;').replace('<', '&lt;')}</p>")
    assert links == re.findall(r'href="([^"]*)"', paragraph)
