"""Importing only the members of groups, one group after the other, each with the groups within it.

`GET /groups/{id}/transitiveMembers/microsoft.graph.user`: application permission `GroupMember.Read.All`; pages of at
most 999; the cast needs `ConsistencyLevel: eventual` and `$count=true` (learn.microsoft.com/graph/api/
group-list-transitivemembers). Who joins or leaves a group does not show in `/users/delta`, so each import reads all
members, and whoever was not seen has left: it costs what the groups cost, however large the organisation is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from deskbridge.teams.graph_errors import Refused
from deskbridge.teams.resources import UserPage

PROPERTIES: Final = (
    "id,displayName,userPrincipalName,mail,proxyAddresses,jobTitle,department,accountEnabled,userType,assignedPlans"
)
_MARK: Final = "group:"


class GroupNotRead(Exception):
    """A group's members cannot be had; the text says why, for people."""


def first_of(group_id: str) -> str:
    """Where reading that group begins; a place says of which group it is, as Microsoft's links are not to be parsed."""
    link = f"/groups/{group_id}/transitiveMembers/microsoft.graph.user?$count=true&$select={PROPERTIES}&$top=999"
    return f"{_MARK}{group_id} {link}"


def how_many(group_id: str) -> str:
    """What to ask for the number of its members."""
    return f"/groups/{group_id}/transitiveMembers/microsoft.graph.user?$count=true&$top=1&$select=id"


def split(place: str) -> tuple[str | None, str]:
    """Of which group a place is, if of any, and its link."""
    if not place.startswith(_MARK):
        return None, place
    group_id, _, link = place.removeprefix(_MARK).partition(" ")
    return group_id, link


def go_on(group_id: str, page: UserPage, groups: Sequence[str]) -> UserPage:
    """The page with the place after it: further in this group, or the beginning of the next one."""
    if page.next_link:
        page.next_link = f"{_MARK}{group_id} {page.next_link}"
    else:
        rest = groups[groups.index(group_id) + 1 :] if group_id in groups else ()
        page.next_link = first_of(rest[0]) if rest else None
    return page


def not_read(group_id: str, error: Refused) -> GroupNotRead | None:
    """What a refusal means where it is about the group itself."""
    if error.status == 403:
        words = (
            "Microsoft does not let Deskbridge read who is in a group: give it GroupMember.Read.All and consent to it."
        )
        return GroupNotRead(words)
    if error.status == 404:
        return GroupNotRead(f"Microsoft does not know the group {group_id}: take it out of the groups to import.")
    return None
