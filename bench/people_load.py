"""The people of a bank, made up, and what somebody types to find one of them; the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from deskbridge.directory.model import Identity, IdentityId, Person, PersonId, Platform
from deskbridge.directory.searching import Question
from deskbridge.directory.words import asked, words

SYLLABLES = "an be ca da el fa gi ha in jo ka li ma na ol pe ro sa ti va wi ya zo mar ter son berg lin quist"
FIRST = "Maria James Anna Robin Mohammed Wei José Emma Olga Priya Sørén Łukasz Иван 小明 علي Ελένη Taylor John 지민"
LAST = "Smith Silva García Müller Wang Ivanova Johnson Nguyen Okafor Hansen Żak Петров 王 Papadopoulos Khan محمد"
LEVELS = ("Senior", "Junior", "Lead", "Associate", "Principal")
JOBS = "Billing Specialist, Engineer, Account Manager, Field Technician, Analyst, Claims Handler, Adviser"
DEPARTMENTS = (
    "Billing, Operations, Customer Care, Risk and Compliance, Retail Banking, Human Resources, IT Services, Legal, "
    "Private Wealth, Engineering, Marketing, Treasury, Facilities, Claims, Procurement"
)


def _names(known: str, how_many: int, rng: random.Random) -> tuple[list[str], list[float]]:
    """Names and how frequent they are, after Zipf."""
    syllables = SYLLABLES.split()
    made = ["".join(rng.choices(syllables, k=rng.choice([2, 2, 3]))).title() for _ in range(how_many)]
    names = list(dict.fromkeys([*known.split(), *made]))
    total, cumulated = 0.0, []
    for rank in range(len(names)):
        total += 1 / (rank + 2)
        cumulated.append(total)
    return names, cumulated


def people(how_many: int, seed: int = 1) -> Iterator[Person]:
    """A bank: most have Teams only, some hundreds are agents, some have Work; two in a hundred have two platforms."""
    rng = random.Random(seed)
    jobs = JOBS.split(", ")
    first, first_weights = _names(FIRST, 4_000, rng)
    last, last_weights = _names(LAST, 60_000, rng)
    for number in range(how_many):
        given = rng.choices(first, cum_weights=first_weights)[0]
        family = rng.choices(last, cum_weights=last_weights)[0]
        title = f"{rng.choice(LEVELS)} {rng.choice(jobs)}"
        department = rng.choices(DEPARTMENTS.split(", "), weights=range(15, 0, -1))[0]
        dice = rng.random()
        on = [Platform.CONTACT_CENTER if dice < 0.005 else Platform.WORK if dice < 0.05 else Platform.TEAMS]
        on += [Platform.WORK] if dice > 0.98 else []
        theirs = [
            Identity(
                id=IdentityId(f"{number:012}-{each}"),
                platform=each,
                display_name=f"{given} {family}",
                address=f"{given}.{family}{number}@contoso.example",
                job_title=title,
                department=department,
            )
            for each in on
        ]
        yield Person(
            id=PersonId(f"00000000-0000-4000-8000-{rng.getrandbits(48):012x}"),
            display_name="",
            job_title=None,
            department=None,
            identities=theirs,
        )


def questions(some: list[Person], how_many: int, seed: int = 2) -> Iterator[tuple[str, Question, int]]:
    """What is typed, by kind, and how many pages are turned first."""
    rng = random.Random(seed)
    kinds: dict[str, Callable[[list[str], list[str], Identity], list[str]]] = {
        "everybody": lambda name, about, who: [],
        "one letter": lambda name, about, who: [name[0][:1]],
        "two letters": lambda name, about, who: [rng.choice(name)[:2]],
        "three letters": lambda name, about, who: [rng.choice(name)[:3]],
        "five letters": lambda name, about, who: [rng.choice(name)[:5]],
        "a word": lambda name, about, who: [rng.choice(name)],
        "title or department": lambda name, about, who: [rng.choice(about)],
        "a letter and a letter": lambda name, about, who: [rng.choice(name)[:1], rng.choice(about)[:1]],
        "two beginnings": lambda name, about, who: [name[0][:3], name[-1][:2]],
        "words that rarely meet": lambda name, about, who: [name[0], rng.choice(about), rng.choice("qxz")],
        "three words": lambda name, about, who: [name[0][:4], name[-1][:3], rng.choice(about)[:4]],
        "an address": lambda name, about, who: [str(who.address)[: rng.choice([12, 20, 40])]],
    }
    for number in range(how_many):
        who = rng.choice(some).identities[0]
        kind = list(kinds)[number % len(kinds)]
        typed = kinds[kind](words(who.display_name), words(f"{who.job_title} {who.department}"), who)
        dice = rng.random()
        platform = rng.choice(list(Platform)) if dice < 0.3 else None
        yield kind, Question(asked(" ".join(typed)), platform, with_teams=dice < 0.9), rng.choice([0, 0, 0, 1, 3])
