"""Stories of throttling, batches, faults and conduct (facts.md 8)."""

from typing import Any

import httpx
import pytest
from sim_tenant import Tenant, Webhook


async def rules(tenant: Tenant) -> list[str]:
    return [item["rule"] for item in (await tenant.control("GET", "/conduct"))["violations"]]


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
            {"id": "3", "method": "GET", "url": "/me"},
        )
        assert [answers[number]["status"] for number in "123"] == [404, 424, 200]

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

    @pytest.mark.parametrize(("fault", "sent"), [("cut-before", 0), ("cut-after", 1)])
    async def test_a_cut_before_or_after_the_effect(self, tenant: Tenant, fault: str, sent: int) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        await tenant.control("POST", "/faults", {"fault": fault, "on": {"path": "/chats/*/messages"}})
        with pytest.raises(httpx.TransportError):
            await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Did it arrive?"}})
        assert len((await tenant.control("GET", f"/chats/{chat}"))["messages"]) == sent

    async def test_the_identity_platform_can_fail_too(self, tenant: Tenant) -> None:
        await tenant.control("POST", "/faults", {"fault": "server-error", "on": {"path": "*/token"}})
        form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
        assert (await tenant.token(**form)).status_code == 503
        assert (await tenant.token(**form)).status_code == 200

    async def test_at_a_rate(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        plan = {"fault": "server-error", "rate": 0.5, "times": None, "on": {"path": "/me"}}
        await tenant.control("POST", "/faults", plan)
        statuses = [(await anne.get("/me")).status_code for _ in range(60)]
        assert 15 < statuses.count(503) < 45
        await tenant.control("DELETE", "/faults")
        assert (await anne.get("/me")).status_code == 200

    async def test_an_unknown_fault_is_refused(self, tenant: Tenant) -> None:
        answer = await tenant.http.post("/_sim/faults", json={"fault": "meteor"})
        assert answer.status_code == 400
        assert "meteor" in answer.json()["error"]


class TestDeliveryFaults:
    async def _watched(self, tenant: Tenant, *faults: dict[str, Any]) -> None:
        anne = await tenant.person("anne")
        assert (await tenant.subscribe(anne, "/me/chats/getAllMessages")).is_success
        await tenant.control("POST", "/faults", {"faults": list(faults)})
        for text in ("One", "Two"):
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


class TestConduct:
    async def test_a_good_client_has_a_clean_record(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})
        await anne.get(f"/chats/{chat}/messages")
        assert await rules(tenant) == []

    async def test_waiting_as_long_as_asked_is_good(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await tenant.control("POST", "/faults", {"fault": "throttle", "seconds": 30, "on": {"path": "/me"}})
        assert (await anne.get("/me")).status_code == 429
        await tenant.advance(seconds=30)
        assert (await anne.get("/me")).status_code == 200
        assert await rules(tenant) == []

    async def test_polling(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        for _ in range(6):
            await anne.get(f"/chats/{chat}/messages")
            await tenant.advance(seconds=15)
        assert await rules(tenant) == ["polling"]

    async def test_a_person_who_refreshes_is_no_poller(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        for pause in (3, 40, 2, 90, 7, 31, 4):
            await anne.get(f"/chats/{chat}/messages")
            await tenant.advance(seconds=pause)
        assert await rules(tenant) == []

    async def test_paths_that_graph_does_not_have(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        assert (await anne.get("/me/typing")).status_code == 400
        assert (await anne.put("/me")).status_code == 405
        await anne.get("http://m365sim.test/beta/me")
        assert set(await rules(tenant)) == {"undocumented-call", "beta-call"}

    async def test_renewing_and_reauthorizing_at_once(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        made = (await tenant.subscribe(anne, "/me/chats/getAllMessages")).json()
        await anne.post(f"/subscriptions/{made['id']}/reauthorize")
        await anne.patch(f"/subscriptions/{made['id']}", json={"expirationDateTime": tenant.after(hours=2)})
        assert await rules(tenant) == ["renew-and-reauthorize"]

    async def test_scopes_never_used_are_advised_on(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await anne.get("/me")
        advice = (await tenant.control("GET", "/conduct"))["advice"]
        assert {item["what"].split()[-1] for item in advice} >= {"Presence.Read.All", "Chat.ReadWrite"}


class TestReset:
    async def test_back_to_the_start(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await tenant.chat(anne, "anne", "robin")
        await tenant.control(
            "POST", f"/apps/{tenant.info['client_id']}/redirect-uris", {"redirect_uris": ["https://x/"]}
        )
        again = await tenant.control("POST", "/reset", {})
        assert again["people"] == tenant.info["people"]
        assert (await tenant.control("GET", "/chats"))["value"] == []
        assert (await anne.get("/me")).status_code == 401
        apps = (await tenant.control("GET", "/apps"))["value"]
        assert "https://x/" in apps[0]["redirect_uris"]

    async def test_another_scenario(self, tenant: Tenant) -> None:
        scenario = {"people": [{"alias": "solo", "name": "Solo Person"}]}
        info = await tenant.control("POST", "/reset", {"scenario": scenario})
        assert [person["name"] for person in info["people"]] == ["Solo Person"]
        refused = await tenant.http.post("/_sim/reset", json={"scenario": {"peple": []}})
        assert refused.status_code == 400
        assert "peple" in refused.json()["error"]
