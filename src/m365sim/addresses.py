"""Where this tenant is reached: everything is served on an http and on an https address."""

from dataclasses import dataclass

#: Where people type the code of a device, and where their sign-in for it ends.
DEVICE_PAGE = "/devicelogin"
DEVICE_DONE = "/devicelogin/done"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
GRAPH_RESOURCE = "https://graph.microsoft.com"
LOGIN = "https://login.microsoftonline.com"
#: What clients may have built in, for `--as-microsoft`.
MICROSOFT_HOSTS = (
    "login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net", "graph.microsoft.com",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Addresses:
    """The two origins, without a slash at the end."""

    http: str = "http://m365sim.test"
    https: str = "https://m365sim.test"
    #: Other than `http` and `https` only when the simulator answers under Microsoft's own names.
    sign_in: str = ""
    graph: str = ""

    def issuer(self, tenant_id: str) -> str:
        """The issuer of v2.0 tokens is always the https one."""
        return f"{self.https}/{tenant_id}/v2.0"

    @property
    def pages(self) -> str:
        """Where browsers sign people in: on http, as they need not know our certificate authority."""
        return self.sign_in or self.http

    @property
    def graph_base(self) -> str:
        """Graph's own address of what it speaks of by itself, as in notifications."""
        return f"{self.graph or self.http}/v1.0"

    def graph_origin(self, scheme: str) -> str:
        """The origin of Graph for a client that came by this scheme."""
        return self.graph or self.origin(scheme)

    def origin(self, scheme: str) -> str:
        """The origin that a request came to, by its scheme."""
        return self.https if scheme == "https" else self.http


def as_microsoft(http: str) -> Addresses:
    """Microsoft's own addresses, for clients that cannot be told others."""
    return Addresses(http, LOGIN, sign_in=LOGIN, graph=GRAPH_RESOURCE)
