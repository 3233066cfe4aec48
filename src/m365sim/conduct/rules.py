"""The rules of good conduct, each with the place where Microsoft states it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and its source."""

    sentence: str
    source: str


RULES: dict[str, Rule] = {
    "early-retry": Rule("A request was repeated before its Retry-After had passed.", "facts.md 8: Retry-After seconds"),
    "polling": Rule(
        "A Teams resource was read again and again at an even pace; more than once a day is not allowed.",
        "facts.md 8: polling rule (terms of use)",
    ),
    "missed-renewal": Rule("A subscription ran out without having been renewed or deleted.", "facts.md 7.2 and 7.6"),
    "subscription-left-behind": Rule(
        "A subscription's address did not accept its notifications for four hours.", "facts.md 7.3"
    ),
    "slow-webhook": Rule("A webhook took 3 seconds or more to answer.", "facts.md 7.3"),
    "renew-and-reauthorize": Rule("A subscription was renewed and reauthorized within ten minutes.", "facts.md 7.2"),
    "undocumented-call": Rule("A path was called that Graph does not have.", "facts.md 10"),
    "beta-call": Rule("The beta endpoint is not for production.", "facts.md 7.1"),
    "deprecated-parameter": Rule("The licensing model parameter has been ignored since 2025-08-25.", "facts.md 7.2"),
    "unused-scope": Rule("A permission was asked for and never used; ask for the least.", "facts.md 1.9: minimal set"),
}
