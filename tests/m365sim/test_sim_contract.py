"""The same stories against the simulator and, with GRAPH_LIVE=1, against a real tenant."""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sim_schema
from sim_tenant import Tenant

from m365sim import coverage

LIVE = os.environ.get("GRAPH_LIVE") == "1"


@dataclass
class Contract:
    """Graph as one person, and somebody to talk to."""

    graph: httpx.AsyncClient
    partner: str
    passed: set[str]

    async def call(self, method: str, path: str, status: int, body: Any = None) -> Any:
        """A call whose answer must have this status and fit Microsoft's metadata."""
        answer = await self.graph.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        content = answer.json() if answer.content else None
        if content is not None:
            assert sim_schema.problems(method, answer.url.path.removeprefix("/v1.0"), status, content) == []
        self.passed.add(_operation(method, answer.url.path.removeprefix("/v1.0")))
        return content


def _operation(method: str, path: str) -> str:
    """The name that the operation has in the coverage."""
    from m365sim.graph.router import Match, Router, split_path

    found = Router(coverage.all_operations()).find(method, split_path(path))
    assert isinstance(found, Match)
    return f"{method} {found.operation.paths[0]}"


@pytest.fixture
async def contract(tenant: Tenant) -> AsyncIterator[Contract]:
    """The simulator by default."""
    passed: set[str] = set()
    if LIVE:
        headers = {"Authorization": f"Bearer {os.environ['GRAPH_LIVE_TOKEN']}"}
        async with httpx.AsyncClient(base_url="https://graph.microsoft.com/v1.0", headers=headers) as graph:
            yield Contract(graph, os.environ["GRAPH_LIVE_PARTNER"], passed)
        _record(passed)
        return
    yield Contract(await tenant.person("anne"), "robin@contoso.example", passed)


def _record(passed: set[str]) -> None:
    """Date what a real tenant has confirmed."""
    known = json.loads(coverage.VERIFIED.read_text()) if coverage.VERIFIED.exists() else {}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    coverage.VERIFIED.write_text(json.dumps(known | dict.fromkeys(passed, today), indent=1, sort_keys=True) + "\n")
    Path("docs/graph-coverage.md").write_text(coverage.markdown())


async def test_who_am_i(contract: Contract) -> None:
    me = await contract.call("GET", "/me", 200)
    assert me["userPrincipalName"]
    licensing = await contract.call("GET", "/me/licenseDetails/getTeamsLicensingDetails", 200)
    assert licensing["hasTeamsLicense"] is True
    presence = await contract.call("GET", "/me/presence", 200)
    assert presence["id"] == me["id"]


async def test_a_conversation(contract: Contract) -> None:
    me = await contract.call("GET", "/me", 200)
    members = [
        {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": ["owner"],
            "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{person}')",
        }
        for person in (me["id"], contract.partner)
    ]
    chat = await contract.call("POST", "/chats", 201, {"chatType": "oneOnOne", "members": members})
    at = f"/chats/{chat['id']}/messages"
    sent = await contract.call("POST", at, 201, {"body": {"content": "A test of Graph"}})
    one = f"{at}/{sent['id']}"
    await contract.call("PATCH", one, 204, {"body": {"content": "A test of Graph, edited"}})
    edited = await contract.call("GET", one, 200)
    assert edited["lastEditedDateTime"] is not None
    await contract.call("POST", f"{one}/setReaction", 204, {"reactionType": "👍"})
    await contract.call("POST", f"{one}/unsetReaction", 204, {"reactionType": "👍"})
    await contract.call("POST", f"/users/{me['id']}{one}/softDelete", 204)
    gone = await contract.call("GET", one, 200)
    assert gone["body"]["content"] in ("", None)
    await contract.call("POST", f"/users/{me['id']}{one}/undoSoftDelete", 204)
    listed = await contract.call("GET", f"{at}?$top=5&$orderby=lastModifiedDateTime desc", 200)
    assert sent["id"] in [item["id"] for item in listed["value"]]


async def test_what_delegated_tokens_cannot_do(contract: Contract) -> None:
    refused = await contract.call("GET", "/me/chats/getAllMessages", 412)
    assert refused["error"]["code"] == "PreconditionFailed"
    assert (await contract.graph.get("/chats?$orderby=lastMessagePreview/createdDateTime asc")).status_code == 400
