"""What somebody who is signed in is asked for before they go on; in the tree of `deskbridge/errors.py`."""

from __future__ import annotations

from deskbridge.errors import Conflict, Forbidden


class SecondFactorRequired(Forbidden):
    """The Account wants a second factor, and this User has none yet."""

    code = "second_factor_required"
    sentence = "Your organization asks for a second factor. Set one up, then go on."


class ReauthenticationRequired(Forbidden):
    """It is too long ago that whoever asks proved who they are."""

    code = "reauthentication_required"
    sentence = "Prove that it is you: enter your password once more, then try again."


class OwnUser(Conflict):
    """Nobody deletes themselves: the one who is left could not say that it was a mistake."""

    code = "own_user"
    sentence = "You cannot delete your own user. Ask another administrator to."


class CodeReplaced(Forbidden):
    """The code of the half minute before: it took too long to type, and is no guess."""

    code, sentence = "code_replaced", "That code has just been replaced. Enter the one that your app shows now."
