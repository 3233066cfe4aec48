"""Inventing people: a few hundred varied ones for the demo, or a million plain ones for a bench."""

import unicodedata
from collections.abc import Iterator

from m365sim.chance import Chance
from m365sim.scenarios import names
from m365sim.world.presences import Presence
from m365sim.world.records import User

TEAMS_SKU = "ENTERPRISEPREMIUM"
_EXOTIC_SKUS = ("Microsoft_365_E3_(no_Teams)", "ENTERPRISEPACK_TEAMS_OFF", "TEAMS_TRIAL_PENDING")
_FOLDS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "þ": "th", "ð": "d", "ı": "i"})


def address_part(text: str) -> str:
    """A name as the left side of an address: plain lower-case Latin letters."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_FOLDS))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


def invent(chance: Chance, count: int, domain: str, password: str) -> Iterator[tuple[User, Presence]]:
    """Varied people; the same seed gives the same ones."""
    taken: set[str] = set()
    for number in range(count):
        given, surname, alias = _name(number)
        left = alias or f"{address_part(given)}.{address_part(surname)}"
        if left in taken:
            left = f"{left}{number}"
        taken.add(left)
        user = _person(chance, (given, surname), f"{left}@{domain}", number)
        user.password = password
        yield user, _presence(chance, user.id)


def invent_plain(chance: Chance, count: int, domain: str) -> Iterator[User]:
    """Very many people cheaply; strings that repeat are shared."""
    skus = (TEAMS_SKU,)
    for number in range(count):
        given = names.GIVEN[number % len(names.GIVEN)]
        surname = names.SURNAMES[(number // len(names.GIVEN)) % len(names.SURNAMES)]
        job, department = names.JOBS[number % len(names.JOBS)]
        upn = f"u{number:07d}@{domain}"
        yield User(
            id=chance.guid(),
            upn=upn,
            display_name=f"{given} {surname} {number}",
            given_name=given,
            surname=surname,
            mail=upn,
            job_title=job,
            department=department,
            skus=skus,
        )


def _name(number: int) -> tuple[str, str, str | None]:
    if number < len(names.NOTABLE):
        return names.NOTABLE[number]
    given = names.GIVEN[number * 7 % len(names.GIVEN)]
    return given, names.SURNAMES[number * 5 % len(names.SURNAMES)], None


def _person(chance: Chance, name: tuple[str, str], upn: str, number: int) -> User:
    job, department = names.JOBS[chance.pick(len(names.JOBS))]
    user = User(
        id=chance.guid(),
        upn=upn,
        display_name=f"{name[0]} {name[1]}",
        given_name=name[0],
        surname=name[1],
        mail=upn,
        job_title=job,
        department=department,
        company_name="Contoso",
        office_location=names.OFFICES[chance.pick(len(names.OFFICES))],
        preferred_language=names.LANGUAGES[chance.pick(len(names.LANGUAGES))],
        skus=(TEAMS_SKU,),
    )
    _vary(user, number)
    return user


def _vary(user: User, number: int) -> None:
    """Every kind of entry that an import meets."""
    left, domain = user.upn.split("@")
    if number % 17 == 3:
        user.skus = (_EXOTIC_SKUS[number % len(_EXOTIC_SKUS)],)
    elif number % 29 == 5:
        user.skus = ()
    if number % 23 == 7:
        user.enabled = False
    if number % 19 == 11:
        user.mail = None
    if number % 31 == 13:
        user.job_title = user.department = None
    if number % 13 == 6:
        alias = f"{left[0]}{left.split('.')[-1]}"
        user.mail = f"{left}@mail.{domain}"
        user.proxy_addresses = (
            f"SMTP:{user.mail}", f"smtp:{user.upn}", f"smtp:{alias}{number}@{domain}",
        )  # fmt: skip
    if number % 41 == 20:
        home = "fabrikam.example"
        user.user_type = "Guest"
        user.mail = f"{left}@{home}"
        user.upn = f"{left}_{home}#EXT#@{domain}"


def _presence(chance: Chance, user_id: str) -> Presence:
    said = names.PRESENCES[chance.pick(len(names.PRESENCES))]
    away = "I am away until Monday." if said[1] == "OutOfOffice" else None
    return Presence(user_id=user_id, base=said, shown=said, out_of_office=away)
