"""Graph's errors (facts.md 10).

GraphError(status, code, message): the handlers raise it; the gate prints it with innerError and headers.
"""

from datetime import UTC, datetime

from m365sim.world.refusals import Invalid, Missing, NotAllowed, Refusal, TooLarge


class GraphError(Exception):
    """A refusal as Graph words it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        inner: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.inner = inner or {}
        self.headers = headers or {}


def bad_request(message: str) -> GraphError:
    """Malformed id, body or option."""
    return GraphError(400, "BadRequest", message)


def not_found(message: str) -> GraphError:
    """No such chat, message or subscription."""
    return GraphError(404, "NotFound", message)


def forbidden(message: str, inner: str | None = None) -> GraphError:
    """The caller may not."""
    return GraphError(403, "Forbidden", message, inner={"code": inner} if inner else None)


def no_license() -> GraphError:
    """The caller has no Teams license (facts.md 2, observed)."""
    return forbidden(
        "Failed to get license information for the user. Ensure user has a valid Office365 license assigned to them.",
        "Forbidden",
    )


def outdated() -> GraphError:
    """If-Match names another state than the present one (wording assumed)."""
    return GraphError(
        412, "PreconditionFailed", "The ETag in the If-Match header does not match the current ETag of the resource."
    )


def bad_token(message: str) -> GraphError:
    """401, with the challenge header."""
    challenge = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize",'
        ' client_id="00000003-0000-0000-c000-000000000000"'
    )
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})


def from_refusal(refusal: Refusal) -> GraphError:
    """What the tenant refuses, in Graph's words: the one place where this is translated."""
    match refusal:
        case Missing():
            return not_found(str(refusal))
        case NotAllowed(acl=True):
            return forbidden(str(refusal), "InsufficientPrivileges")
        case NotAllowed():
            return forbidden(str(refusal), "InsufficientPrivileges")
        case TooLarge():
            return GraphError(413, "RequestEntityTooLarge", str(refusal))
        case Invalid():
            return bad_request(str(refusal))
        case _:
            return bad_request(str(refusal))


def error_body(error: GraphError, request_id: str, client_request_id: str, now: float) -> dict[str, object]:
    """The JSON of an error; innerError's date has no zone."""
    inner: dict[str, object] = dict(error.inner)
    inner |= {
        "date": f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S}",
        "request-id": request_id,
        "client-request-id": client_request_id,
    }
    return {"error": {"code": error.code, "message": error.message, "innerError": inner}}
