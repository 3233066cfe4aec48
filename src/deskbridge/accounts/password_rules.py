"""What makes a password unfit. Apart from how passwords are kept, because this decides and is pure."""

from __future__ import annotations

import functools
import re
from typing import Final

from deskbridge.accounts.model import User
from deskbridge.errors import Unprocessable

SHORTEST: Final = 8
"""Characters of a password; a passphrase may have up to 1024."""
_AROUND: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_WORD: Final = re.compile(r"[\w.+-]{4,}")
_OF_THE_PRODUCT: Final = ("deskbridge", "contact center", "contact centre", "microsoft", "teams", "workspace")


@functools.cache
def _known() -> frozenset[str]:
    """The 30,000 most frequent of passwords that were stolen elsewhere, from the library zxcvbn; loaded when needed."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def check(user: User, password: str) -> None:
    """Long enough, not one that everybody tries, and no word that people around the User would try first.

    Which characters it has is nobody's business. Raises Unprocessable.
    """
    if len(password) < SHORTEST:
        raise Unprocessable(f"A password needs at least {SHORTEST} characters.")
    plain = password.casefold()
    if plain in _known():
        raise Unprocessable("This password is on the lists that attackers try first. Choose another one.")
    # "Deskbridge2026!" is as easily guessed as "deskbridge".
    if {plain, _AROUND.sub("", plain)} & _words_around(user):
        raise Unprocessable("The password must not be a name or a word that others would try for you.")


def _words_around(user: User) -> set[str]:
    whole = [user.username, user.email, user.email.partition("@")[0], user.display_name]
    whole += [text for text in (user.job_title, user.department) if text]
    parts = [word for text in whole for word in _WORD.findall(text)]
    return {each.casefold() for each in (*whole, *parts, *_OF_THE_PRODUCT)}
