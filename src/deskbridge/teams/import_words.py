"""Why an import waits, or ended, in words for admins and operators, with the remedy (D1)."""

from __future__ import annotations

from deskbridge.errors import MicrosoftUnavailable
from deskbridge.teams.graph_errors import GraphTrouble, Refused, Throttled
from deskbridge.teams.import_groups import GroupNotRead
from deskbridge.teams.msal_app import NotSetUp, SignInRefused
from deskbridge.teams.reasons import Reason, sentence
from deskbridge.teams.resources import Unreadable

Waits = GraphTrouble | MicrosoftUnavailable
Ended = SignInRefused | NotSetUp | GroupNotRead | GraphTrouble | Unreadable


def why_it_waits(error: Waits) -> str:
    """What passes by itself, or once the network does."""
    if isinstance(error, Throttled):
        return "Microsoft has asked to wait, because it is asked for much at the moment. Nothing has to be done."
    return (
        "Microsoft does not answer. It is tried again by itself; where that stays so, see whether this machine "
        "reaches Microsoft, and run deskbridge doctor."
    )


def why_it_ended(error: Ended) -> str:
    """What somebody has to do something about before another import can come further."""
    if isinstance(error, SignInRefused | NotSetUp):
        number = f" (AADSTS{error.number})" if error.number else ""
        if error.reason is Reason.MISCONFIGURED:
            return (
                f"Microsoft refuses the credentials of the application{number}, or none are set. Run deskbridge "
                "doctor, which says what is wrong with them; then import again."
            )
        if error.reason is Reason.CLOCK_WRONG:
            return f"The clock of this machine is wrong{number}. Set it, then import again."
        return f"{sentence(error.reason)}{number}"
    if isinstance(error, GroupNotRead):
        return str(error)
    if isinstance(error, Refused) and error.status == 403:
        return (
            "Microsoft does not let Deskbridge read the directory: give the application User.Read.All, and consent to "
            "it; then import again."
        )
    return f"Microsoft refused the import ({str(error)[:200]})."
