"""Stories of what goes wrong on command."""

from typing import Any

import httpx
import pytest
from sim_stories import rules
from sim_tenant import Tenant, Webhook


class TestRequestFaults:
    async def test_once_and_then_well_again(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        on = {"method": "POST", "path": "/chats/*/messages"}
        await tenant.control("POST", "/faults", {"fault": "throttle", "on": on, "seconds": 7})
        await tenant.control("POST", "/faults", {"fault": "server-error", "on": on, "status": 502})
        body = {"body": {"content": "Hello"}}
        answers = [await anne.post(f"/chats/{chat}/messages", json=body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [429, 502, 201]
        assert answers[0].headers["retry-after"] == "7"
        assert await rules(tenant) == ["early-retry"]
        (first, second) = (await tenant.control("GET", "/faults"))["value"]
        assert (first["hits"], second["hits"]) == (1, 1)

    @pytest.mark.parametrize(
        ("fault", "sent"), [("cut-before", 0), ("cut-after", 1), ("timeout-before", 0), ("timeout-after", 1)]
    )
    async def test_no_answer_before_or_after_the_effect(self, tenant: Tenant, fault: str, sent: int) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        plan = {"fault": fault, "on": {"path": "/chats/*/messages"}, "seconds": 0.01}
        await tenant.control("POST", "/faults", plan)
        with pytest.raises(httpx.TransportError):
            await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Did it arrive?"}})
        assert len((await tenant.control("GET", f"/chats/{chat}"))["messages"]) == sent

    async def test_a_slow_answer_is_an_answer(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await tenant.control("POST", "/faults", {"fault": "slow", "on": {"path": "/me"}, "seconds": 0.01})
        assert (await anne.get("/me")).status_code == 200
        assert (await tenant.control("GET", "/faults"))["value"][0]["hits"] == 1

    @pytest.mark.parametrize("times", [1, 3, None])
    async def test_so_many_times(self, tenant: Tenant, times: int | None) -> None:
        anne = await tenant.person("anne")
        plan = {"fault": "throttle", "on": {"user": "anne@contoso.example", "method": "GET"}, "times": times}
        await tenant.control("POST", "/faults", plan)
        statuses = [(await anne.get("/me")).status_code for _ in range(5)]
        assert statuses.count(429) == (5 if times is None else times)

    async def test_the_identity_platform_can_fail_too(self, tenant: Tenant) -> None:
        await tenant.control("POST", "/faults", {"fault": "server-error", "on": {"path": "*/token"}})
        form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
        assert (await tenant.token(**form)).status_code == 503
        assert (await tenant.token(**form)).status_code == 200

    async def test_one_request_of_a_batch(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        plan = {"fault": "throttle", "on": {"path": "/me/presence", "user": "anne@contoso.example"}, "seconds": 9}
        await tenant.control("POST", "/faults", plan)
        requests = [{"id": str(number), "method": "GET", "url": "/me/presence?$select=id"} for number in (1, 2)]
        answer = await anne.post("/$batch", json={"requests": requests})
        first, second = answer.json()["responses"]
        assert (answer.status_code, first["status"], second["status"]) == (200, 429, 200)
        assert first["headers"]["Retry-After"] == "9"

    async def test_at_a_rate(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        plan = {"fault": "server-error", "rate": 0.5, "times": None, "on": {"path": "/me"}}
        await tenant.control("POST", "/faults", plan)
        statuses = [(await anne.get("/me")).status_code for _ in range(60)]
        assert 15 < statuses.count(503) < 45
        await tenant.control("DELETE", "/faults")
        assert (await anne.get("/me")).status_code == 200

    async def test_the_same_seed_gives_the_same_chances(self, tenant: Tenant) -> None:
        async def struck(seed: int) -> list[int]:
            await tenant.control("POST", "/reset", {"seed": seed})
            tenant.info = await tenant.control("GET", "/info")
            tenant.id = tenant.info["tenant_id"]
            anne = await tenant.person("anne")
            await tenant.control("POST", "/faults", {"fault": "server-error", "rate": 0.5, "times": None})
            return [(await anne.get("/me")).status_code for _ in range(40)]

        first, second, other = await struck(7), await struck(7), await struck(8)
        assert first == second
        assert first != other

    async def test_an_unknown_fault_is_refused(self, tenant: Tenant) -> None:
        answer = await tenant.http.post("/_sim/faults", json={"fault": "meteor"})
        assert answer.status_code == 400
        assert "meteor" in answer.json()["error"]


class TestDeliveryFaults:
    async def _watched(self, tenant: Tenant, *faults: dict[str, Any], texts: tuple[str, ...] = ("One", "Two")) -> None:
        anne = await tenant.person("anne")
        assert (await tenant.subscribe(anne, "/me/chats/getAllMessages")).is_success
        await tenant.control("POST", "/faults", {"faults": list(faults)})
        for text in texts:
            body = {"to": "anne@contoso.example", "text": text}
            await tenant.control("POST", "/users/robin@contoso.example/messages", body)
        await tenant.settle()

    def _texts(self, webhook: Webhook) -> list[str]:
        return [webhook.decrypt(item)["body"]["content"] for item in webhook.items]

    @pytest.mark.parametrize(
        ("fault", "texts"),
        [
            ("lost", ["Two"]),
            ("doubled", ["One", "One", "Two"]),
            ("late", ["Two", "One"]),
            ("reordered", ["Two", "One"]),
        ],
    )
    async def test_what_arrives(self, tenant: Tenant, webhook: Webhook, fault: str, texts: list[str]) -> None:
        await self._watched(tenant, {"fault": fault, "on": {"change": "created"}})
        await tenant.advance(minutes=1)
        assert self._texts(webhook) == texts

    async def test_several_times(self, tenant: Tenant, webhook: Webhook) -> None:
        await self._watched(tenant, {"fault": "lost", "times": 2}, texts=("One", "Two", "Three"))
        assert self._texts(webhook) == ["Three"]

    async def test_at_a_rate(self, tenant: Tenant, webhook: Webhook) -> None:
        texts = tuple(f"Message {number}" for number in range(40))
        await self._watched(tenant, {"fault": "lost", "times": None, "rate": 0.5}, texts=texts)
        assert 8 < len(webhook.items) < 32

    async def test_corrupt(self, tenant: Tenant, webhook: Webhook) -> None:
        from cryptography.exceptions import InvalidSignature

        await self._watched(tenant, {"fault": "corrupt", "on": {"user": "anne@contoso.example"}})
        with pytest.raises(InvalidSignature):
            webhook.decrypt(webhook.items[0])
        assert webhook.decrypt(webhook.items[1])["body"]["content"] == "Two"


class TestTenantFaults:
    async def test_taken_away_at_once(self, tenant: Tenant, webhook: Webhook) -> None:
        anne = await tenant.person("anne")
        await tenant.subscribe(anne, "/me/chats/getAllMessages")
        on = {"user": "anne@contoso.example"}
        await tenant.control("POST", "/faults", {"fault": "subscription-removed", "on": on})
        await tenant.settle()
        assert webhook.told == ["subscriptionRemoved"]
        await tenant.control("POST", "/faults", {"fault": "license-removed", "on": on})
        assert (await anne.get("/me/chats")).status_code == 403
        await tenant.control("POST", "/faults", {"fault": "token-revoked", "on": on})
        assert (await anne.get("/me")).status_code == 401

    async def test_taken_away_when_a_request_comes(self, tenant: Tenant) -> None:
        anne, robin = await tenant.person("anne"), await tenant.person("robin")
        plan = {"fault": "user-deleted", "on": {"path": "/me", "user": "robin@contoso.example"}}
        await tenant.control("POST", "/faults", plan)
        assert (await anne.get("/me")).status_code == 200
        assert (await robin.get("/me")).status_code == 401

    async def test_consent_withdrawn(self, tenant: Tenant) -> None:
        await tenant.control("POST", "/faults", {"fault": "consent-withdrawn"})
        refused = await tenant.token(
            grant_type="password", username="anne@contoso.example", password="Teams-demo-1", scope="Chat.ReadWrite"
        )
        assert refused.json()["error_codes"] == [65001]
