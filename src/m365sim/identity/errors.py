"""Errors of the identity platform: an OAuth error word, an AADSTS number and a sentence (facts.md 1.2)."""

from datetime import UTC, datetime

from m365sim.addresses import GRAPH_APP_ID
from m365sim.chance import Chance


class IdentityError(Exception):
    """A refusal; `error` and `suberror` are for programs, the sentence is for people."""

    def __init__(
        self, error: str, code: int, sentence: str, *, suberror: str | None = None, claims: str | None = None
    ) -> None:
        super().__init__(sentence)
        self.error = error
        self.code = code
        self.sentence = sentence
        self.suberror = suberror
        self.claims = claims

    @property
    def status(self) -> int:
        """401 for a client that cannot prove itself, 400 otherwise."""
        return 401 if self.error == "invalid_client" else 400

    @property
    def description(self) -> str:
        """The first line of error_description."""
        return f"AADSTS{self.code}: {self.sentence}"


def error_body(
    error: IdentityError, chance: Chance, now: float, correlation: str | None, origin: str
) -> dict[str, object]:
    """The JSON of a failed token request."""
    trace = chance.guid()
    correlation = correlation or chance.guid()
    stamp = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%SZ}"
    lines = (
        error.description,
        f"Trace ID: {trace}",
        f"Correlation ID: {correlation}",
        f"Timestamp: {stamp}",
    )
    body: dict[str, object] = {
        "error": error.error,
        "error_description": "\r\n".join(lines),
        "error_codes": [error.code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{origin}/error?code={error.code}",
    }
    if error.suberror:
        body["suberror"] = error.suberror
    if error.claims:
        body["claims"] = error.claims
    return body


def missing_parameter(name: str) -> IdentityError:
    """A required parameter is absent."""
    return IdentityError("invalid_request", 900144, f"The request body must contain the following parameter: '{name}'.")


def not_consented(client_id: str, name: str) -> IdentityError:
    """Nobody has allowed the app what it asks."""
    return IdentityError(
        "invalid_grant",
        65001,
        f"The user or administrator has not consented to use the application with ID '{client_id}' named"
        f" '{name}'. Send an interactive authorization request for this user and resource.",
        suberror="consent_required",
    )


#: How sign-ins can be refused on purpose: error, suberror and sentence by AADSTS number (facts.md 1.2).
REFUSALS: dict[int, tuple[str, str | None, str]] = {
    50074: ("interaction_required", "basic_action", "Strong authentication is required."),
    50076: (
        "interaction_required",
        "basic_action",
        (
            "Due to a configuration change made by your administrator, or because you moved to a new location,"
            f" you must use multi-factor authentication to access '{GRAPH_APP_ID}'."
        ),
    ),
    50078: (
        "interaction_required",
        "basic_action",
        (
            "Presented multi-factor authentication has expired due to policies configured by your administrator,"
            f" you must refresh your multi-factor authentication to access '{GRAPH_APP_ID}'."
        ),
    ),
    50079: (
        "interaction_required",
        "basic_action",
        (
            "Due to a configuration change made by your administrator, or because you moved to a new location,"
            f" you must enroll in multi-factor authentication to access '{GRAPH_APP_ID}'."
        ),
    ),
    50089: ("invalid_grant", "bad_token", "Authentication failed due to flow token expired."),
    50196: (
        "invalid_grant",
        None,
        (
            "The server terminated an operation because it encountered a client request loop. Please contact your"
            " app vendor."
        ),
    ),
    53000: (
        "interaction_required",
        "message_only",
        "Device is not in required device state. Conditional Access policy requires a compliant device.",
    ),
    53001: (
        "interaction_required",
        "message_only",
        "Device is not in required device state. Conditional Access policy requires a domain joined device.",
    ),
    53003: (
        "access_denied",
        None,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    70043: (
        "invalid_grant",
        "bad_token",
        "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.",
    ),
}
#: A second factor, given on the page, satisfies these; a fresh sign-in satisfies the others in AFRESH.
SECOND_FACTOR = frozenset({50074, 50076, 50078, 50079})
AFRESH = frozenset({50089, 50196, 70043})
_MFA_CLAIMS = '{"access_token":{"capolids":{"essential":true,"values":["mfa"]}}}'


def refusal(code: int) -> IdentityError:
    """One of REFUSALS."""
    error, suberror, sentence = REFUSALS[code]
    return IdentityError(
        error, code, sentence, suberror=suberror, claims=_MFA_CLAIMS if code in SECOND_FACTOR else None
    )


def timestamp_now(now: float) -> str:
    """A moment as the error pages print it."""
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
