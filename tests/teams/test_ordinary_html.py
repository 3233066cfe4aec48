"""Messages of ordinary words are not parsed: they must come out as if they had been (M4)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskbridge.conversations.safe_html import clean, to_text
from deskbridge.teams.html import sanitize

TAGS = ["p", "div", "b", "i", "u", "s", "strong", "em"]
PIECES = [
    *(f"<{each}>" for each in TAGS),
    *(f"</{each}>" for each in TAGS),
    "<br>",
    "x > y",
    '"',
    "'",
    "\n",
    "\t",
    "\xa0",
]
ordinary = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5))).map("".join)


@given(ordinary)
def test_what_teams_says_is_the_same_beside_something_of_its_own(written: str) -> None:
    assert sanitize(written) == sanitize('<attachment id="1"></attachment>' + written)


@given(ordinary)
def test_its_words_are_the_same_beside_a_mark(written: str) -> None:
    safe = clean(written)
    assert to_text(safe) == to_text("<i></i>" + safe)
