"""Microsoft's own Graph SDK, unmodified, pointed at the simulator."""

import warnings
from typing import Any

import httpx
from sim_tenant import ALL_SCOPES, Checked, Tenant

# The SDK takes seconds to import, and warns of its own library's deprecations while it does so.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from azure.core.credentials import AccessToken
    from kiota_authentication_azure.azure_identity_authentication_provider import (
        AzureIdentityAuthenticationProvider,
    )
    from msgraph import GraphServiceClient
    from msgraph.generated.models.aad_user_conversation_member import AadUserConversationMember
    from msgraph.generated.models.body_type import BodyType
    from msgraph.generated.models.chat import Chat
    from msgraph.generated.models.chat_message import ChatMessage
    from msgraph.generated.models.chat_type import ChatType
    from msgraph.generated.models.item_body import ItemBody
    from msgraph.graph_request_adapter import GraphRequestAdapter, options
    from msgraph_core import GraphClientFactory


class Credential:
    """A credential whose token is known."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        del scopes, options
        return AccessToken(self._token, 9_999_999_999)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aexit__(self, *trouble: object) -> None:
        """Nothing is open."""


class Sdk:
    """SDK clients of one test."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self._open: list[httpx.AsyncClient] = []

    async def as_person(
        self, alias: str, scopes: str = f"{ALL_SCOPES} Presence.ReadWrite User.Read.All"
    ) -> GraphServiceClient:
        form = {"grant_type": "password", "username": f"{alias}@contoso.example", "password": "Teams-demo-1"}
        answer = await self.tenant.token(**form, scope=scopes)
        return self._client(answer.json()["access_token"])

    async def as_app(self) -> GraphServiceClient:
        answer = await self.tenant.token(grant_type="client_credentials", scope="https://graph.microsoft.com/.default")
        return self._client(answer.json()["access_token"])

    def _client(self, token: str) -> GraphServiceClient:
        # https, as the SDK gives its token to nobody else.
        plain = httpx.AsyncClient(transport=Checked(self.tenant.sim))
        http = GraphClientFactory.create_with_default_middleware(client=plain, options=options)
        self._open.append(http)
        provider = AzureIdentityAuthenticationProvider(Credential(token), allowed_hosts=["m365sim.test"])
        adapter = GraphRequestAdapter(provider, client=http)
        adapter.base_url = "https://m365sim.test/v1.0"
        return GraphServiceClient(request_adapter=adapter)

    async def close(self) -> None:
        for http in self._open:
            await http.aclose()


def member(tenant: Tenant, alias: str) -> AadUserConversationMember:
    bind = f"https://graph.microsoft.com/v1.0/users('{tenant.people[alias]}')"
    return AadUserConversationMember(
        odata_type="#microsoft.graph.aadUserConversationMember",
        roles=["owner"],
        additional_data={"user@odata.bind": bind},
    )


async def make_chat(tenant: Tenant, graph: GraphServiceClient, *aliases: str) -> str:
    kind = ChatType.OneOnOne if len(aliases) == 2 else ChatType.Group
    members = [member(tenant, alias) for alias in aliases]
    made = await graph.chats.post(Chat(chat_type=kind, members=members))
    assert made is not None
    assert made.id is not None
    return made.id


def message(text: str) -> ChatMessage:
    return ChatMessage(body=ItemBody(content=text, content_type=BodyType.Text))
