"""Why the tenant refuses something, without saying how HTTP says it.

Refusal
 ├─ Missing      there is no such thing
 ├─ NotAllowed   this person may not (`acl` when Teams' access list says so)
 ├─ Invalid      the request makes no sense
 └─ TooLarge     over Teams' message size
"""


class Refusal(Exception):
    """The tenant says no; the message is the sentence that Graph prints."""


class Missing(Refusal):
    """There is no such thing."""


class NotAllowed(Refusal):
    """This person may not do it."""

    def __init__(self, message: str, *, acl: bool = False) -> None:
        super().__init__(message)
        self.acl = acl


class Invalid(Refusal):
    """The request makes no sense."""


class TooLarge(Refusal):
    """The message exceeds Teams' limit."""
