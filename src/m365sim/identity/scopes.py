"""Scopes: which exist, how they are spelled, who may consent to them (facts.md 1.4 and 1.9)."""

from dataclasses import dataclass

from m365sim.addresses import GRAPH_APP_ID, GRAPH_RESOURCE, Addresses
from m365sim.identity.errors import IdentityError

OIDC = ("openid", "profile", "email", "offline_access")

#: Delegated permissions of Graph that any user may consent to, unless the tenant's policy restricts them.
USER_CONSENTABLE = frozenset(
    {
        "User.Read", "User.ReadWrite", "User.ReadBasic.All", "Chat.Create", "Chat.ReadBasic", "Chat.Read",
        "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read", "Presence.Read.All", "Presence.ReadWrite",
        "Files.Read", "Files.ReadWrite", "LicenseAssignment.Read.All", "People.Read", "ChatMessage.Read",
        "ChatMember.Read", "Files.Read.All", "Files.ReadWrite.All", "Mail.Read", "Calendars.Read",
    }
)  # fmt: skip
ADMIN_ONLY = frozenset(
    {
        "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All",
        "ChatMember.ReadWrite", "Group.Read.All", "Group.ReadWrite.All", "Chat.Read.All",
        "Chat.ReadWrite.All",
    }
)  # fmt: skip

#: What `microsoft-user-default-recommended` takes away from users (facts.md 1.4).
RESTRICTED_BY_DEFAULT_POLICY = frozenset(
    {
        "Chat.Read", "Chat.ReadWrite", "Files.Read.All", "Files.ReadWrite.All", "People.Read",
        "Mail.Read", "Calendars.Read",
    }
)  # fmt: skip

KNOWN = USER_CONSENTABLE | ADMIN_ONLY
_CANONICAL = {name.lower(): name for name in KNOWN}


@dataclass(frozen=True, slots=True)
class Asked:
    """The scopes of one request: Graph's by canonical name, and each as it was spelled."""

    graph: tuple[str, ...]
    oidc: tuple[str, ...]
    spelled: tuple[str, ...]
    everything: bool = False

    def has(self, name: str) -> bool:
        """Whether an OIDC scope was asked."""
        return name in self.oidc


def parse(text: str, addresses: Addresses) -> Asked:
    """Understand a scope parameter; raises AADSTS70011 or AADSTS500011."""
    graph: list[str] = []
    oidc: list[str] = []
    spelled: list[str] = []
    everything = False
    for word in text.split():
        if word.lower() in OIDC:
            oidc.append(word.lower())
            continue
        name = _graph_name(word, addresses)
        spelled.append(word)
        if name == ".default":
            everything = True
        else:
            graph.append(name)
    return Asked(tuple(dict.fromkeys(graph)), tuple(dict.fromkeys(oidc)), tuple(spelled), everything)


def _graph_name(word: str, addresses: Addresses) -> str:
    resource, slash, name = word.rpartition("/")
    resources = (GRAPH_RESOURCE, GRAPH_RESOURCE + "/", GRAPH_APP_ID, addresses.http, addresses.https)
    if slash and resource not in resources:
        raise IdentityError(
            "invalid_resource",
            500011,
            f"The resource principal named {resource} was not found in the tenant. This can happen if the"
            " application has not been installed by the administrator of the tenant or consented to by any"
            " user in the tenant.",
        )
    if name == ".default":
        return name
    known = _CANONICAL.get(name.lower())
    if known is None:
        raise IdentityError(
            "invalid_scope",
            70011,
            f"The provided value for the input parameter 'scope' is not valid. The scope {word} is not valid.",
        )
    return known
