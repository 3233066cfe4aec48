"""Where this tenant is reached: everything is served on an http and on an https address."""

from dataclasses import dataclass

#: Where people type the code of a device, and where their sign-in for it ends.
DEVICE_PAGE = "/devicelogin"
DEVICE_DONE = "/devicelogin/done"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
GRAPH_RESOURCE = "https://graph.microsoft.com"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The two origins, without a slash at the end."""

    http: str = "http://m365sim.test"
    https: str = "https://m365sim.test"

    def issuer(self, tenant_id: str) -> str:
        """The issuer of v2.0 tokens is always the https one."""
        return f"{self.https}/{tenant_id}/v2.0"

    def origin(self, scheme: str) -> str:
        """The origin that a request came to, by its scheme."""
        return self.https if scheme == "https" else self.http
