"""Scopes: which exist, how they are spelled, who may consent to them (facts.md 1.4 and 1.9)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from m365sim.addresses import GRAPH_APP_ID, GRAPH_RESOURCE, Addresses
from m365sim.identity.errors import IdentityError
from m365sim.world.records import App

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
    #: Permissions of an app's own API, as `api://{client id}/{name}`, and as they were spelled.
    own_api: tuple[str, ...] = ()
    own_spelled: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether an OIDC scope was asked."""
        return name in self.oidc

    @property
    def of_graph(self) -> bool:
        """Whether anything of Graph was asked."""
        return bool(self.graph or self.everything)

    def for_one(self) -> "Asked":
        """What one access token can be for: Graph goes first, as apps ask for it first."""
        return replace(self, own_api=(), own_spelled=()) if self.of_graph else self


def parse(text: str, addresses: Addresses, apps: Mapping[str, App]) -> Asked:
    """Understand a scope parameter; raises AADSTS70011 or AADSTS500011."""
    graph: list[str] = []
    oidc: list[str] = []
    spelled: list[str] = []
    own: list[str] = []
    own_spelled: list[str] = []
    everything = False
    for word in text.split():
        if word.lower() in OIDC:
            oidc.append(word.lower())
            continue
        of_an_app = _own_names(word, apps)
        if of_an_app:
            own += of_an_app
            own_spelled.append(word)
            continue
        name = _graph_name(word, addresses)
        spelled.append(word)
        if name == ".default":
            everything = True
        else:
            graph.append(name)
    return Asked(
        graph=tuple(dict.fromkeys(graph)),
        oidc=tuple(dict.fromkeys(oidc)),
        spelled=tuple(spelled),
        everything=everything,
        own_api=tuple(dict.fromkeys(own)),
        own_spelled=tuple(own_spelled),
    )


def _own_names(word: str, apps: Mapping[str, App]) -> list[str]:
    """What a word means in the API that an app exposes, by its address or its bare id; nothing for another word."""
    resource, _, name = word.rpartition("/")
    app = apps.get(resource.removeprefix("api://"))
    if app is None:
        return []
    exposed = app.exposed_scopes if name == ".default" else [known for known in app.exposed_scopes if known == name]
    return [f"api://{app.client_id}/{known}" for known in exposed]


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
