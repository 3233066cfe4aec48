"""Pictures between our HTML and Teams': which is which, and what tells a message from another (decision 0003). Pure."""

from __future__ import annotations

import pytest

from deskbridge.conversations.safe_html import to_text
from deskbridge.teams.html import sanitize
from deskbridge.teams.pictures import (
    PictureMissing,
    addresses_in,
    as_kept,
    hosted_id,
    kept_in,
    names_there,
    with_addresses,
)
from deskbridge.teams.translate import characters, fingerprint

GRAPH = "https://graph.example/v1.0/chats/19:a/messages/1/hostedContents"
KEPT = '<p>Both: <img src="kept:one" alt="meter.png"> <img src="kept:two" alt="bill.png"></p>'
THERE = f"""<p>Both:&nbsp;<img alt="image" itemid="x" src="{GRAPH}/aWQ9MQ==/$value" width="250">
<img src='{GRAPH}/aWQ9Mg==/$value'></p>"""

LEADING_AWAY = [
    *("", ".", "..", "...", "%2e%2e", "%2E.", "%252e%252e", "a/b", "a%2fb", "%2fme", "..%2f..%2fme", "..%5c..%5cme"),
    *(
        "a\\b",
        "?x=1",
        "a%3fx=1",
        "a%23b",
        "a#b",
        "a%00",
        "a%0d%0aX",
        "a b",
        "\u2025",
        "%e2%80%a5",
        "a" * 601,
        "//evil.example",
    ),
]


def mark(html: str, more: str = "") -> str:
    """What the message is looked for by after a lost answer; `more` are the words of its attachments."""
    return fingerprint(characters(html, to_text(html) + more))


def test_how_teams_describes_a_picture_does_not_matter_but_how_many_there_are_does() -> None:
    assert mark(KEPT) == mark(sanitize(THERE))
    assert mark(KEPT) != mark(KEPT.replace('<img src="kept:two" alt="bill.png">', ""))
    assert mark(KEPT) != mark(KEPT.replace("Both", "Those"))
    assert mark(KEPT, "\nFile: a.pdf") != mark(KEPT)
    assert mark("<p>Both: meter.png bill.png</p>") != mark(KEPT)


def test_pictures_have_in_teams_the_names_of_those_that_stand_in_their_places() -> None:
    assert kept_in(KEPT) == ["one", "two"]
    names = names_there(kept_in(KEPT), THERE)
    assert names == {"one": "hosted:aWQ9MQ%3D%3D", "two": "hosted:aWQ9Mg%3D%3D"}
    # Somebody removed one, or added one, before the answer came: nobody knows which is which.
    assert names_there(["one"], THERE) == names_there(["one", "two", "three"], THERE) == {}
    assert kept_in(as_kept(sanitize(THERE), names)) == ["one", "two"]
    assert as_kept(sanitize(THERE), {}) == sanitize(THERE)


def test_an_edit_names_pictures_by_microsofts_addresses_or_not_at_all() -> None:
    there = addresses_in(THERE)
    assert with_addresses(sanitize(THERE), there).count(f'src="{GRAPH}/') == 2
    with pytest.raises(PictureMissing):
        with_addresses('<img src="hosted:other" alt="">', there)


@pytest.mark.parametrize("its_id", LEADING_AWAY)
def test_what_leads_elsewhere_is_no_picture(its_id: str) -> None:
    address = f"{GRAPH}/{its_id}/$value"
    assert hosted_id(address) is None
    assert addresses_in(f'<p>Look: <img src="{address}" alt="it"></p>') == {}
    assert "<img" not in sanitize(f'<p>Look: <img src="{address}" alt="it"></p>')
