"""Why a Teams connection could not be made, or no longer works: each with its words and its remedy (C6, C7).

Microsoft says it as OAuth errors with numbers (facts.md 1.2). We go by `error`, `suberror` and the numbers, never by
the sentences beside them, which Microsoft changes and translates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """What is told as `reason`; the value is the code for programs (docs/errors.md)."""

    CANCELLED = "teams_cancelled"
    CONSENT_NEEDED = "teams_consent_needed"
    CONSENT_DECLINED = "teams_consent_declined"
    CONSENT_WITHDRAWN = "teams_consent_withdrawn"
    WRONG_ORGANIZATION = "teams_wrong_organization"
    NOT_ASSIGNED = "teams_not_assigned"
    MORE_PROOF_NEEDED = "teams_more_proof_needed"
    REFUSED_BY_POLICY = "teams_refused_by_policy"
    ACCOUNT_DISABLED = "teams_account_disabled"
    ACCOUNT_GONE = "teams_account_gone"
    PASSWORD_EXPIRED = "teams_password_expired"  # noqa: S105  # The name of a reason, no secret.
    NO_LICENSE = "teams_no_license"
    LICENSE_PENDING = "teams_license_pending"
    SIGN_IN_STALE = "teams_sign_in_stale"
    OTHER_BROWSER = "teams_other_browser"
    ANSWER_FORGED = "teams_answer_forged"
    CLOCK_WRONG = "teams_clock_wrong"
    OTHER_MICROSOFT_USER = "teams_other_microsoft_user"
    TAKEN = "teams_taken"
    EXPIRED = "teams_expired"
    REVOKED = "teams_revoked"
    MISCONFIGURED = "teams_misconfigured"
    MICROSOFT_UNAVAILABLE = "microsoft_unavailable"
    UNKNOWN = "teams_sign_in_failed"


_SENTENCES: Mapping[Reason, str] = {
    Reason.CANCELLED: "The sign-in was cancelled. Sign in again when you are ready.",
    Reason.CONSENT_NEEDED: (
        "Your organization has not allowed Deskbridge to use Teams chat yet. Ask your Microsoft administrator to "
        "give consent, then sign in again."
    ),
    Reason.CONSENT_DECLINED: (
        "You did not accept what Deskbridge asked for. Sign in again and choose Accept, or ask your administrator."
    ),
    Reason.CONSENT_WITHDRAWN: (
        "Your organization no longer allows Deskbridge to use Teams chat. Ask your Microsoft administrator to give "
        "consent again, then sign in again; unsent messages wait."
    ),
    Reason.WRONG_ORGANIZATION: (
        "That Microsoft account belongs to another organization. Sign in again with your work account."
    ),
    Reason.NOT_ASSIGNED: (
        "Your Microsoft account may not use Deskbridge. Ask your Microsoft administrator to assign you to it."
    ),
    Reason.MORE_PROOF_NEEDED: (
        "Microsoft wants you to prove that it is you. Sign in again and complete what Microsoft asks for."
    ),
    Reason.REFUSED_BY_POLICY: (
        "Your organization does not allow this sign-in from here or from this device. Contact your administrator."
    ),
    Reason.ACCOUNT_DISABLED: "Your Microsoft account is disabled. Contact your administrator.",
    Reason.ACCOUNT_GONE: "Your Microsoft account does not exist any more. Contact your administrator.",
    Reason.PASSWORD_EXPIRED: (
        "Your Microsoft password has expired. Sign in again and choose a new one; unsent messages wait."
    ),
    Reason.NO_LICENSE: (
        "Your Microsoft account has no Microsoft Teams license. Ask your administrator for one, then sign in again."
    ),
    Reason.LICENSE_PENDING: (
        "Your Microsoft Teams license is being set up. Wait some minutes, then sign in again; if it takes longer than "
        "a day, contact your administrator."
    ),
    Reason.SIGN_IN_STALE: "This sign-in has expired or was used already. Start again from the workspace.",
    Reason.OTHER_BROWSER: (
        "This sign-in was started in another browser or by another user. Start it again where you are signed in "
        "to Deskbridge."
    ),
    Reason.ANSWER_FORGED: (
        "The answer did not come from Microsoft as expected, so it was not used. Start again from the "
        "workspace; if this stays, tell your administrator."
    ),
    Reason.CLOCK_WRONG: (
        "The clocks of Deskbridge and of Microsoft differ by more than five minutes. Tell your administrator to set "
        "the clock of the server, then sign in again."
    ),
    Reason.OTHER_MICROSOFT_USER: (
        "You are connected as another Microsoft user. Sign in as the same one, or ask your administrator to "
        "disconnect you first."
    ),
    Reason.TAKEN: (
        "That Microsoft account is connected to another Deskbridge user already. Sign in with your own, or ask your "
        "administrator."
    ),
    Reason.EXPIRED: "Microsoft has ended the sign-in. Sign in to Microsoft Teams again; unsent messages wait.",
    Reason.REVOKED: (
        "Microsoft has ended the sign-in, because your password was changed or an administrator ended it. Sign in to "
        "Microsoft Teams again; unsent messages wait."
    ),
    Reason.MISCONFIGURED: (
        "Deskbridge is not set up for Microsoft correctly. Tell your administrator; signing in again does not help."
    ),
    Reason.MICROSOFT_UNAVAILABLE: "Microsoft does not answer at the moment. Try again in a minute.",
    Reason.UNKNOWN: "Microsoft refused the sign-in. Sign in again, or contact your administrator.",
}


def sentence(reason: Reason) -> str:
    """What the agent is told, with the remedy."""
    return _SENTENCES[reason]


_BY_NUMBER: Mapping[Reason, frozenset[int]] = {
    Reason.CONSENT_DECLINED: frozenset({65004}),
    Reason.CONSENT_NEEDED: frozenset({65001, 90094, 90095, 90008, 70011}),
    Reason.NOT_ASSIGNED: frozenset({50105}),
    Reason.WRONG_ORGANIZATION: frozenset({50020, 50194, 90072}),
    Reason.MORE_PROOF_NEEDED: frozenset({50072, 50074, 50076, 50078, 50079, 50058}),
    Reason.REFUSED_BY_POLICY: frozenset({53000, 53001, 53002, 53003, 53004, 530003}),
    Reason.ACCOUNT_DISABLED: frozenset({50057}),
    Reason.ACCOUNT_GONE: frozenset({50034}),
    Reason.PASSWORD_EXPIRED: frozenset({50055}),
    Reason.SIGN_IN_STALE: frozenset({54005, 501481, 70008}),
    Reason.EXPIRED: frozenset({70000, 70043, 50089, 700082, 50196}),
    Reason.REVOKED: frozenset({50173}),
    # What a certificate signs is only good for some minutes.
    Reason.CLOCK_WRONG: frozenset({700024}),
    Reason.MISCONFIGURED: frozenset(
        {
            *(7000215, 7000222, 70002, 700016, 700011, 70001, 50011, 900144, 7000112),
            # A certificate in place of a secret, and what is signed with it.
            *(700027, 50027, 50048, 700021, 700023, 7000214, 7000274, 7000277, 1000502),
        }
    ),
}
_BY_ERROR: Mapping[str, Reason] = {
    "access_denied": Reason.CANCELLED,
    "consent_required": Reason.CONSENT_NEEDED,
    "interaction_required": Reason.MORE_PROOF_NEEDED,
    "login_required": Reason.EXPIRED,
    "invalid_grant": Reason.EXPIRED,
    "invalid_client": Reason.MISCONFIGURED,
    "unauthorized_client": Reason.MISCONFIGURED,
    "invalid_request": Reason.MISCONFIGURED,
    "invalid_resource": Reason.MISCONFIGURED,
    "invalid_scope": Reason.MISCONFIGURED,
    "unsupported_response_type": Reason.MISCONFIGURED,
    "server_error": Reason.MICROSOFT_UNAVAILABLE,
    "temporarily_unavailable": Reason.MICROSOFT_UNAVAILABLE,
}
_NUMBER = re.compile(r"\AAADSTS(\d{4,8})\b")
_WHILE_SIGNING_IN: Mapping[Reason, Reason] = {
    # A code and a refresh token that are used up or too old are refused with the same numbers.
    Reason.EXPIRED: Reason.SIGN_IN_STALE,
    Reason.REVOKED: Reason.SIGN_IN_STALE,
    # Whoever types a name on Microsoft's page that the organization does not have, comes from another one.
    Reason.ACCOUNT_GONE: Reason.WRONG_ORGANIZATION,
}
_LATER: Mapping[Reason, Reason] = {
    Reason.SIGN_IN_STALE: Reason.EXPIRED,
    # It was given when the agent connected.
    Reason.CONSENT_NEEDED: Reason.CONSENT_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason, and Microsoft's number for it (AADSTS…) where it gave one, for administrators and logs."""

    reason: Reason
    number: int | None = None


def from_oauth(answer: Mapping[str, Any], *, while_signing_in: bool) -> Refusal:
    """Which of them Microsoft's refusal means, on the sign-in page or at the token endpoint."""
    numbers = numbers_of(answer)
    reason = _reason(answer, frozenset(numbers))
    seen_from = _WHILE_SIGNING_IN if while_signing_in else _LATER
    return Refusal(seen_from.get(reason, reason), numbers[0] if numbers else None)


def _reason(answer: Mapping[str, Any], numbers: frozenset[int]) -> Reason:
    if answer.get("suberror") == "consent_required":
        return Reason.CONSENT_NEEDED
    by_number = (reason for reason, known in _BY_NUMBER.items() if numbers & known)
    return next(by_number, None) or _BY_ERROR.get(str(answer.get("error", "")), Reason.UNKNOWN)


def numbers_of(answer: Mapping[str, Any]) -> list[int]:
    """Microsoft's numbers for a refusal, without their AADSTS, the telling one first."""
    given = answer.get("error_codes")
    if isinstance(given, list):
        return [each for each in given if isinstance(each, int)]
    described = _NUMBER.match(str(answer.get("error_description", "")))
    return [int(described[1])] if described else []
