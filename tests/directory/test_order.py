"""The Contacts list in the order that people of a language expect (D3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskbridge.accounts.model import Role
from deskbridge.api.desk import Desk
from deskbridge.app import tidy_once
from deskbridge.directory.order import LOCALES, sort_key
from support.agents import Agent
from support.builders import make_account, make_user

EXPECTED = {
    "en": "Aaberg Åberg Adam Ärlig Çelik Ceyda Ida Isa Ñandú Nora Öberg Oden Zeta",
    "sv": "Adam Vera Wilma Yngve Ümit Zeta Åberg Ärlig Öberg",
    "fi": "Adam Yngve Zeta Åberg Ärlig Öberg",
    "da": "Adam Ymer Übel Zeta Ærø Østen Aaberg Åse",
    "nb": "Adam Zeta Ærlig Østby Ås",
    "de": "Ade Ärger Azur Müller Mulz Strasse Straße Strauß",
    "de-phonebook": "Ade Ärger Afra Mueller Müller Muller",
    "es": "Luz Nora Nunez Núñez Nuño Nuria Nz Ñandú Oca",
    "tr": "Can Cz Çelik Dora Gz Ğa Hz Irmak Işık İpek İz Oz Öz Sz Şah Uz Ümit",
    "pl": "Az Ąb Cz Ćma Lz Łoś Nz Ńa Sz Świat Zz Źrebak Żak",
    "cs": "Cyril Čapek Dana Hz Chalupa Ivan Rz Řehoř Sz Šimon Zz Žižka",
    "hu": "Cz Csaba Gz Gyula Oz Öz Sz Szabó Ta Zz Zsolt",
    "et": "Sz Šaa Zoo Žanna Tiit Wim Õie Äde Ööbik Üllar Xenia",
}


@pytest.mark.parametrize("locale", EXPECTED)
def test_each_language_has_its_letters_where_its_people_look_for_them(locale: str) -> None:
    expected = EXPECTED[locale].split()
    for names in (expected, expected[::-1]):
        assert sorted(names, key=lambda name: sort_key(name, locale)) == expected


@given(st.text(alphabet="bfjkmpqvx BFJKMPQVX", max_size=20), st.sampled_from(sorted(LOCALES)))
def test_names_without_letters_of_its_own_have_the_same_place_in_every_language(name: str, locale: str) -> None:
    assert sort_key(name, locale) == sort_key(name)


@given(st.text(max_size=40), st.sampled_from(sorted(LOCALES)))
def test_any_name_has_a_place_that_a_database_can_keep(name: str, locale: str) -> None:
    key = sort_key(name, locale)

    assert "\x00" not in key
    assert len(key) <= 401


async def _listed(browser: Agent) -> list[str]:
    page = await browser.call("GET", "/people", params={"limit": 200})
    return [each["display_name"] for each in page["people"]]


async def test_an_admin_chooses_another_alphabet_and_everybody_changes_places(
    desk: Desk, browser_of: Callable[[], Agent]
) -> None:
    account = await make_account(desk)
    await make_user(desk, account, "Dana Admin", role=Role.ADMIN)
    for name in ("Åke", "Zeta", "Örjan", "Ärlig", "Bo"):
        await make_user(desk, account, name)
    admin = browser_of()
    await admin.sign_in("dana")
    assert await _listed(admin) == ["Åke", "Ärlig", "Bo", "Dana Admin", "Örjan", "Zeta"]

    told: dict[str, Any] = await admin.call("PUT", "/admin/list-order", json={"locale": "sv"})
    assert (told["locale"], told["is_sorting"]) == ("sv", True)
    await make_user(desk, account, "Åsa")
    await tidy_once(desk, account.id)

    assert await _listed(admin) == ["Bo", "Dana Admin", "Zeta", "Åke", "Åsa", "Ärlig", "Örjan"]
    now = await admin.call("GET", "/admin/list-order")
    assert (now["locale"], now["is_sorting"]) == ("sv", False)
    assert {"locale": "tr", "language": "Turkish"} in now["alphabets"]
    assert (await admin.refused("PUT", "/admin/list-order", json={"locale": "xx"}))[0] == 422
