"""Errors of the identity platform: an OAuth error word, an AADSTS number and a sentence (facts.md 1.2)."""

from datetime import UTC, datetime

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


def mfa_needed() -> IdentityError:
    """The tenant wants a second factor (facts.md 1.2)."""
    return IdentityError(
        "interaction_required",
        50076,
        "Due to a configuration change made by your administrator, or because you moved to a new location,"
        " you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
        suberror="basic_action",
        claims='{"access_token":{"capolids":{"essential":true,"values":["mfa"]}}}',
    )


def blocked_by_policy() -> IdentityError:
    """Conditional Access says no."""
    return IdentityError(
        "access_denied",
        53003,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    )


def timestamp_now(now: float) -> str:
    """A moment as the error pages print it."""
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
