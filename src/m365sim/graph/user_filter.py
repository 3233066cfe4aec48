"""$filter and $search over users, as far as the directory allows them."""

import re
from collections.abc import Callable

from m365sim.graph.errors import GraphError
from m365sim.graph.odata import Comparison, quoted_list, read_filter
from m365sim.graph.render_users import GETTERS
from m365sim.world.records import User

Test = Callable[[User], bool]
_ANY = re.compile(
    r"^\s*(proxyAddresses|otherMails|imAddresses)/any\(\s*(\w+)\s*:\s*(?:startswith\(\2\s*,\s*('[^']*')\)"
    r"|\2\s+eq\s+('[^']*'))\s*\)\s*$",
    re.IGNORECASE,
)
_PLANS = re.compile(
    r"^\s*assignedPlans/any\(\s*(\w+)\s*:\s*\1/servicePlanId\s+eq\s+'?([0-9a-f-]{36})'?"
    r"(?:\s+and\s+\1/capabilityStatus\s+eq\s+'(\w+)')?\s*\)\s*$",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"^\s*identities/any\(\s*(\w+)\s*:\s*\1/issuerAssignedId\s+eq\s+'([^']*)'\s+and\s+\1/issuer\s+eq\s+'([^']*)'\s*\)\s*$",
    re.IGNORECASE,
)
_LICENSE = re.compile(
    r"^\s*assignedLicenses/any\(\s*(\w+)\s*:\s*\1/skuId\s+eq\s+'?([0-9a-f-]{36})'?\s*\)\s*$", re.IGNORECASE
)


def matcher(filter_text: str | None, search: str | None) -> Test:
    """One test for both options."""
    tests = [_filter(filter_text)] if filter_text else []
    if search:
        tests.append(_search(search))
    return lambda user: all(test(user) for test in tests)


def _filter(text: str) -> Test:
    if match := _ANY.match(text):
        return _any_address(match)
    if match := _PLANS.match(text):
        return _has_plan(match[2].lower(), match[3])
    if match := _LICENSE.match(text):
        return _has("assignedLicenses", {"skuId": match[2]})
    if match := _IDENTITY.match(text):
        return _has("identities", {"issuerAssignedId": match[2], "issuer": match[3]})
    alternatives = [[_condition(part) for part in parts] for parts in read_filter(text)]
    return lambda user: any(all(test(user) for test in tests) for tests in alternatives)


def _any_address(match: re.Match[str]) -> Test:
    getter = GETTERS[_spelling(match[1])]
    prefix, exact = match[3], match[4]
    wanted = (prefix or exact)[1:-1].lower()

    def test(user: User) -> bool:
        addresses = getter(user)
        lowered = [str(item).lower() for item in addresses] if isinstance(addresses, list) else []
        return any(item.startswith(wanted) if prefix else item == wanted for item in lowered)

    return test


def _has(name: str, wanted: dict[str, str]) -> Test:
    """Whether one of a list of objects has all of these values."""
    getter = GETTERS[name]

    def test(user: User) -> bool:
        items = getter(user)
        return isinstance(items, list) and any(
            all(str(item[key]).lower() == value.lower() for key, value in wanted.items()) for item in items
        )

    return test


def _has_plan(plan_id: str, status: str | None) -> Test:
    getter = GETTERS["assignedPlans"]

    def test(user: User) -> bool:
        plans = getter(user)
        return isinstance(plans, list) and any(
            plan["servicePlanId"] == plan_id and status in (None, plan["capabilityStatus"]) for plan in plans
        )

    return test


def _condition(part: Comparison) -> Test:
    getter = GETTERS[_spelling(part.left)]
    wanted = part.right.lower()
    if part.operator == "in":
        options = {item.lower() for item in quoted_list(part.right)}
        return lambda user: _text(getter(user)) in options
    compare: dict[str, Callable[[str], bool]] = {
        "eq": lambda value: value == wanted,
        "ne": lambda value: value != wanted,
        "startswith": lambda value: value.startswith(wanted),
        "endswith": lambda value: value.endswith(wanted),
        "ge": lambda value: value >= wanted,
        "le": lambda value: value <= wanted,
    }
    if part.operator not in compare:
        raise _unsupported(part.left)
    chosen = compare[part.operator]
    return lambda user: chosen(_text(getter(user)))


def _search(text: str) -> Test:
    """`"displayName:rob"`: the beginning of any word of the property."""
    clauses = re.findall(r'"(\w+):([^"]*)"', text)
    if not clauses:
        raise GraphError(400, "Request_BadRequest", 'Syntax error in $search: use "property:value".')
    wanted = [(GETTERS[_spelling(name)], value.lower()) for name, value in clauses]
    joined = any if " OR " in text else all
    return lambda user: joined(
        any(word.startswith(value) for word in [_text(getter(user)), *_text(getter(user)).split()])
        for getter, value in wanted
    )


def _spelling(name: str) -> str:
    for known in GETTERS:
        if known.lower() == name.lower():
            return known
    raise _unsupported(name)


def _text(value: object) -> str:
    """null compares as `null`, booleans as Graph spells them."""
    return "null" if value is None else str(value).lower()


def _unsupported(name: str) -> GraphError:
    return GraphError(
        400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause specified for property"
        f" '{name}' of resource 'User'.",
    )  # fmt: skip
