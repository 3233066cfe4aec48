"""Stories of throttling and batches (facts.md 8)."""

from typing import Any

import httpx
import pytest
from sim_tenant import Tenant


class TestThrottling:
    async def test_one_message_a_second(self, strict_tenant: Tenant) -> None:
        anne = await strict_tenant.person("anne")
        chat = await strict_tenant.chat(anne, "anne", "robin")
        body = {"body": {"content": "Hello"}}
        assert (await anne.post(f"/chats/{chat}/messages", json=body)).status_code == 201
        refused = await anne.post(f"/chats/{chat}/messages", json=body)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "1"
        error = refused.json()["error"]
        assert error["code"] == "TooManyRequests"
        assert error["innerError"]["code"] == "429"
        await strict_tenant.advance(seconds=1)
        assert (await anne.post(f"/chats/{chat}/messages", json=body)).status_code == 201
        said = await strict_tenant.control("GET", f"/chats/{chat}")
        assert len(said["messages"]) == 2

    async def test_a_second_is_not_sustained(self, strict_tenant: Tenant) -> None:
        anne = await strict_tenant.person("anne")
        chat = await strict_tenant.chat(anne, "anne", "robin")
        answers = []
        for _ in range(30):
            answers.append(await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "x"}}))
            await strict_tenant.advance(seconds=1)
        assert sum(answer.status_code == 201 for answer in answers) == 24
        assert answers[24].status_code == 429
        assert int(answers[24].headers["retry-after"]) > 1

    async def test_different_people_do_not_share(self, strict_tenant: Tenant) -> None:
        anne, robin = await strict_tenant.person("anne"), await strict_tenant.person("robin")
        chats = [await strict_tenant.chat(anne, "anne", "ben"), await strict_tenant.chat(robin, "robin", "ben")]
        for graph, chat in zip((anne, robin), chats, strict=True):
            assert (await graph.post(f"/chats/{chat}/messages", json={"body": {"content": "x"}})).is_success

    async def test_it_can_be_switched_off(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        for _ in range(5):
            assert (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "x"}})).is_success


class TestBatch:
    async def _run(self, graph: httpx.AsyncClient, *requests: dict[str, Any]) -> dict[str, dict[str, Any]]:
        answer = await graph.post("/$batch", json={"requests": list(requests)})
        assert answer.status_code == 200, answer.text
        return {item["id"]: item for item in answer.json()["responses"]}

    async def test_each_has_its_own_answer(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        answers = await self._run(
            anne,
            {"id": "1", "method": "GET", "url": "/me"},
            {"id": "2", "method": "GET", "url": "/users?$top=1"},
            {
                "id": "3",
                "method": "POST",
                "url": "/communications/getPresencesByUserId",
                "headers": {"Content-Type": "application/json"},
                "body": {"ids": [tenant.people["robin"]]},
            },
        )
        assert {number: item["status"] for number, item in answers.items()} == {"1": 200, "2": 403, "3": 200}
        assert answers["1"]["body"]["displayName"] == "Anne Baker"
        assert answers["2"]["body"]["error"]["code"] == "Authorization_RequestDenied"

    async def test_dependencies(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        answers = await self._run(
            anne,
            {"id": "1", "method": "GET", "url": "/chats/19:nowhere@thread.v2"},
            {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["1"]},
            {"id": "3", "method": "GET", "url": "/me", "dependsOn": ["1"]},
        )
        assert [answers[number]["status"] for number in "123"] == [404, 424, 424]

    async def test_a_batch_saves_no_quota(self, strict_tenant: Tenant) -> None:
        anne = await strict_tenant.person("anne")
        chat = await strict_tenant.chat(anne, "anne", "robin")
        send = {"method": "POST", "url": f"/chats/{chat}/messages", "body": {"body": {"content": "x"}}}
        answers = await self._run(anne, {"id": "1"} | send, {"id": "2"} | send)
        assert sorted(item["status"] for item in answers.values()) == [201, 429]
        (refused,) = [item for item in answers.values() if item["status"] == 429]
        assert refused["headers"]["Retry-After"] == "1"

    @pytest.mark.parametrize(
        "requests",
        [
            [],
            [{"id": str(number), "method": "GET", "url": "/me"} for number in range(21)],
            [{"id": "1", "method": "GET", "url": "/me"}] * 2,
            [{"id": "1", "method": "GET", "url": "https://graph.microsoft.com/v1.0/me"}],
            [{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]}],
        ],
    )
    async def test_nonsense(self, tenant: Tenant, requests: list[dict[str, Any]]) -> None:
        anne = await tenant.person("anne")
        answer = await anne.post("/$batch", json={"requests": requests})
        assert answer.status_code == 400
