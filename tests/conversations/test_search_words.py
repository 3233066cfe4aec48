"""The words of messages: what finds what, and what is marked where it was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskbridge.conversations.search_words import asked, indexed, matches, snippet


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("inv", "The INVOICE is here"),
        ("numero facture", "Le numéro de la Facture"),
        ("strasse", "Wir sind in der Straße"),
        ("neill", "Ask O'Neill"),
        ("oneill", "Ask O’Neill"),
        ("o'neill", "Ask O'Neill"),
        ("小明", "王小明您好"),
        ("小明您好今天天气怎么样呢", "王小明您好今天天气怎么样呢？"),
        ("tokyo東京", "See tokyo東京 now"),
        ("4711", "order #4711-b"),
        ("anna@contoso.example", "write to anna@contoso.example"),
        ("x" * 200, "x" * 300),
    ],
)
def test_is_found(search: str, text: str) -> None:
    assert asked(search)
    assert matches(text, asked(search))
    assert any(part.is_hit for part in snippet(text, asked(search)))


@pytest.mark.parametrize(
    ("search", "text"), [("voice", "invoice"), ("a b", "a"), ("小红", "王小明"), ("inv 9", "inv 8")]
)
def test_is_not_found(search: str, text: str) -> None:
    assert not matches(text, asked(search))


def test_a_long_text_without_spaces_stays_small() -> None:
    assert sum(map(len, indexed("明" * 9_000 + "王" * 9_000))) < 200


def test_the_snippet_begins_near_the_first_hit_and_marks_all_in_it() -> None:
    text = "word " * 40 + "the Invoice and\n the invoicé again " + "more " * 100

    parts = snippet(text, asked("invoice"))

    assert [part.text for part in parts if part.is_hit] == ["Invoice", "invoicé"]
    assert parts[0].text == "…"
    assert parts[-1].text == "…"
    assert sum(len(part.text) for part in parts) < 200


def test_a_snippet_is_text_and_never_markup() -> None:
    parts = snippet("<b>invoice</b> & <script>", asked("invoice"))

    assert "".join(part.text for part in parts) == "<b>invoice</b> & <script>"


WRITTEN = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.just("\n"), max_size=80)
"""What a message can have: control characters are refused or taken out before it is stored."""


@given(WRITTEN, st.integers(0, 80), st.integers(1, 20))
def test_whatever_was_written_can_be_found_by_the_beginning_of_any_word(text: str, at: int, length: int) -> None:
    words = text.split()
    if not words:
        return
    wanted = asked(words[at % len(words)][:length])
    assert matches(text, wanted)
    joined = "".join(part.text for part in snippet(text, wanted))
    assert len(joined) <= len(text) + 2


@given(st.text(max_size=200), st.text(max_size=20))
def test_nothing_breaks_it(text: str, search: str) -> None:
    assert all(word.isalnum() or not word.isascii() for word in asked(search))
    snippet(text, asked(search))
    assert all(" " not in word and word for word in indexed(text))
