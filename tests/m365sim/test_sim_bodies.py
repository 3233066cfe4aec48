"""Stories of request bodies that Graph does not understand (facts.md 10)."""

from typing import Any

import pytest
from sim_tenant import Tenant

PRESENT = {"Prefer": "include-unknown-enum-members"}


class TestUnknownProperties:
    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            (
                {"body": {"content": "Hello"}, "txt": "Hello"},
                (
                    "The property 'txt' does not exist on type 'microsoft.graph.chatMessage'. Make sure to only use"
                    " property names that are defined by the type or mark the type as open type."
                ),
            ),
            ({"body": {"content": "Hello", "type": "html"}}, "The property 'type' does not exist on type"),
            (
                {"body": {"content": "x"}, "mentions": [{"id": 0, "name": "Robin"}]},
                "'microsoft.graph.chatMessageMention'",
            ),
        ],
    )
    async def test_a_misspelled_property_is_named(self, tenant: Tenant, body: dict[str, Any], sentence: str) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        answer = await anne.post(f"/chats/{chat}/messages", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
        assert sentence in answer.json()["error"]["message"]

    async def test_a_misspelled_parameter_is_named(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})).json()
        answer = await anne.post(f"/chats/{chat}/messages/{sent['id']}/setReaction", json={"reaction": "👍"})
        assert "The parameter 'reaction' in the request payload" in answer.json()["error"]["message"]

    async def test_what_graph_knows_and_annotations_are_accepted(self, tenant: Tenant) -> None:
        """Whoever sends back what they have read is understood."""
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})).json()
        again = sent | {"body": {"@odata.type": "#microsoft.graph.itemBody", "content": "Hello again"}}
        assert (await anne.patch(f"/chats/{chat}/messages/{sent['id']}", json=again)).status_code == 204

    async def test_it_can_be_switched_off(self, tenant: Tenant) -> None:
        await tenant.control("PATCH", "/switches", {"unknown_properties": "ignored"})
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        answer = await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}, "txt": "Hello"})
        assert answer.status_code == 201

    @pytest.mark.parametrize("content", [b"{", b"\xff", b"nonsense"])
    async def test_not_json(self, tenant: Tenant, content: bytes) -> None:
        answer = await (await tenant.person("anne")).post("/chats", content=content)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == (
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid"
            " JSON format."
        )
