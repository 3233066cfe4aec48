"""Folding, words, order and rank: the pure rules of the Contacts list."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deskbridge.accounts.folding import fold
from deskbridge.directory.model import (
    Identity,
    IdentityId,
    Person,
    PersonId,
    Platform,
    list_rank,
    same_address,
)
from deskbridge.directory.order import sort_key
from deskbridge.directory.words import words

names = st.text(max_size=40)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("José", "jose"),
        ("ＪＯＳＥ", "jose"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Strauß", "strauss"),
        ("Søren Ærø", "soren aero"),
        ("İpek Yılmaz", "ipek yilmaz"),
        ("Ωμέγα", "ωμεγα"),
        ("Ёлкин", "елкин"),
        ("Nguyễn Thị", "nguyen thi"),
        ("ﬁrma ℌ&Co™", "firma h&cotm"),
        ("مُحَمَّد", "محمد"),
        ("王小明", "王小明"),
        ("한지민", "한지민"),
        ("", ""),
    ],
)
def test_case_accents_and_width_do_not_matter(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(names)
def test_folding_twice_is_folding_once(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(names)
def test_nobody_has_to_type_capitals(name: str) -> None:
    assert words(name.lower()) == words(name) or words(name.upper()) == words(name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Anne-Marie O'Neill", ["anne", "marie", "o", "neill"]),
        ("Dr. Robin  (Sales)", ["dr", "robin", "sales"]),
        ("robin.m@contoso.example", ["robin", "m", "contoso", "example"]),
        ("Анна Каренина", ["анна", "каренина"]),
        ("हिन्दी भाषा", 2),
        ("สมชาย ใจดี", 2),
        ("王 小明", ["王", "小明"]),
        ("  ", []),
    ],
)
def test_words_are_what_a_reader_would_call_words(text: str, found: list[str] | int) -> None:
    assert (len(words(text)) if isinstance(found, int) else words(text)) == found


@given(names)
def test_every_word_of_a_name_is_found_by_itself(name: str) -> None:
    for word in words(name):
        assert words(word) == [word]


def test_the_alphabet_ignores_case_and_accents_and_keeps_ties_stable() -> None:
    expected = ["Ada", "Adam", "Álvaro", "alvaro b", "Émile", "Emily", "Øyvind", "Żaneta", "zeno"]

    shuffled = random.Random(7).sample(expected, len(expected))
    assert sorted(shuffled, key=sort_key) == expected
    assert len({sort_key("Jose"), sort_key("José"), sort_key("jose")}) == 3


@given(names, names)
def test_who_folds_alike_stands_side_by_side(one: str, other: str) -> None:
    if fold(one).strip() < fold(other).strip() and "\x01" not in one + other and fold(one).strip().isalnum():
        assert (sort_key(one) < sort_key(other)) or not fold(other).strip().isalnum()


@given(st.text(max_size=400))
@example("\ufdfa" * 300)
@example("\U0001f600" * 300)
def test_a_sort_key_fits_into_an_index(name: str) -> None:
    """PostgreSQL takes some 2,700 bytes in all."""
    assert len(sort_key(name).encode("utf-8", "replace")) < 2_400


CC, TEAMS, WORK = Platform.CONTACT_CENTER, Platform.TEAMS, Platform.WORK


@pytest.mark.parametrize(
    ("has", "rank"),
    [
        ({CC}, 1),
        ({CC, TEAMS}, 1),
        ({CC, WORK}, 1),
        ({CC, TEAMS, WORK}, 1),
        ({WORK}, 2),
        ({TEAMS}, 3),
        ({TEAMS, WORK}, 4),
    ],
)
def test_agents_come_first_then_only_work_then_only_teams_then_both(has: set[Platform], rank: int) -> None:
    for order in itertools.permutations(has):
        assert list_rank(order) == rank


def person(*platforms: Platform, **more: str) -> Person:
    """Somebody with these Identities."""
    identities = [
        Identity(
            id=IdentityId(each.value),
            platform=each,
            display_name=f"Robin {each.value}",
            address=more.get("address"),
            job_title=more.get("job_title"),
            department=None,
        )
        for each in platforms
    ]
    return Person(id=PersonId("p"), display_name="Robin", job_title=None, department=None, identities=identities)


def test_the_main_identity_is_the_first_of_contact_center_teams_work() -> None:
    for order in itertools.permutations([WORK, TEAMS, CC]):
        assert person(*order).main_identity.platform is CC
    assert person(WORK, TEAMS).main_identity.platform is TEAMS
    assert person(WORK).main_identity.platform is WORK


@pytest.mark.parametrize(
    "written", ["SMTP:Robin@Contoso.Example", "smtp:robin@contoso.example", " ROBIN@contoso.EXAMPLE "]
)
def test_addresses_are_compared_without_case_and_prefix(written: str) -> None:
    assert same_address(written) == "robin@contoso.example"


def test_other_kinds_of_addresses_are_not_taken_for_mail() -> None:
    assert same_address("SIP:robin@contoso.example") != "robin@contoso.example"
