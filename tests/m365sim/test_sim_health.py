"""Slow and drop states of webhooks (facts.md 7.3)."""

import httpx
import pytest
from sim_tenant import Tenant, Webhook

from m365sim.delivery.health import Health


def judged(*seconds: float, apart: float = 1.0) -> str:
    health = Health()
    for number, took in enumerate(seconds):
        health.note(1000 + number * apart, took)
    return health.state(1000 + len(seconds) * apart)


class TestState:
    def test_quick_answers(self) -> None:
        assert judged(*[0.1] * 50) == "ok"

    @pytest.mark.parametrize(("slow", "state"), [(1, "ok"), (2, "slow")])
    def test_more_than_a_tenth_over_three_seconds(self, slow: int, state: str) -> None:
        assert judged(*[3.5] * slow, *[0.1] * (10 - slow)) == state

    @pytest.mark.parametrize(("slow", "state"), [(3, "slow"), (4, "drop")])
    def test_more_than_fifteen_percent_over_ten_seconds(self, slow: int, state: str) -> None:
        assert judged(*[0.1] * (20 - slow), *[10.0] * slow) == state

    def test_a_few_answers_say_nothing(self) -> None:
        assert judged(*[10.0] * 9) == "ok"

    def test_ten_minutes_later_it_is_forgotten(self) -> None:
        health = Health()
        for _ in range(10):
            health.note(0.0, 10.0)
        assert health.state(599.0) == "drop"
        health.note(700.0, 0.1)
        assert health.state(700.0) == "ok"


class TestDelivery:
    @pytest.fixture
    async def anne(self, tenant: Tenant) -> httpx.AsyncClient:
        anne = await tenant.person("anne")
        assert (await tenant.subscribe(anne, "/me/chats/getAllMessages")).is_success
        return anne

    async def _say(self, tenant: Tenant) -> None:
        body = {"to": "anne@contoso.example", "text": "Hello"}
        await tenant.control("POST", "/users/robin@contoso.example/messages", body)
        await tenant.settle()

    def _answers(self, tenant: Tenant, seconds: float) -> None:
        """The webhook's past, as the courier would have seen it."""
        lane = tenant.sim.courier._lane("https://hook.example/notify")
        for _ in range(10):
            lane.health.note(tenant.sim.clock.now(), seconds)

    async def test_a_slow_webhook_waits_ten_minutes(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        self._answers(tenant, 4.0)
        await self._say(tenant)
        assert webhook.items == []
        (seen,) = (await tenant.control("GET", "/subscriptions"))["value"]
        assert (seen["endpointState"], seen["pendingNotifications"]) == ("slow", 1)
        await tenant.advance(minutes=10)
        assert webhook.told == ["created"]

    async def test_a_far_too_slow_one_loses_them(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        self._answers(tenant, 10.0)
        await self._say(tenant)
        await tenant.advance(minutes=11)
        assert webhook.items == []
        assert (await tenant.control("POST", "/settle"))["dropped"] == 1
        await self._say(tenant)
        assert webhook.told == ["created"]


class TestOutsiders:
    async def test_federated_people(self, tenant: Tenant) -> None:
        other = "99999999-0000-4000-8000-000000000001"
        made = await tenant.control(
            "POST", "/users", {"upn": "eve@fabrikam.example", "display_name": "Eve External", "home_tenant": other}
        )
        anne, app = await tenant.person("anne"), await tenant.app()
        names = [user["displayName"] for user in (await app.get("/users")).json()["value"]]
        assert "Eve External" not in names
        bind = f"https://graph.microsoft.com/v1.0/users('{made['id']}')"
        eve = {"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": ["owner"], "user@odata.bind": bind}
        body = {"chatType": "oneOnOne", "members": [tenant.member("anne"), eve]}
        assert (await anne.post("/chats", json=body)).status_code == 404
        eve["tenantId"] = other
        chat = (await anne.post("/chats", json=body)).json()["id"]
        await tenant.control("POST", f"/users/{made['id']}/chats/{chat}/messages", {"text": "From outside"})
        (said,) = (await anne.get(f"/chats/{chat}/messages")).json()["value"]
        assert said["from"]["user"]["userIdentityType"] == "federatedUser"
        assert said["from"]["user"]["tenantId"] == other

    async def test_guests_are_guests(self, tenant: Tenant) -> None:
        guest = {"upn": "gus_fabrikam.example#EXT#@contoso.example", "display_name": "Gus", "user_type": "Guest"}
        made = await tenant.control("POST", "/users", guest)
        anne = await tenant.person("anne")
        bind = f"https://graph.microsoft.com/v1.0/users('{made['id']}')"
        member = {"roles": ["owner"], "user@odata.bind": bind}
        body = {"chatType": "oneOnOne", "members": [tenant.member("anne"), member]}
        assert (await anne.post("/chats", json=body)).status_code == 400
        member["roles"] = ["guest"]
        chat = (await anne.post("/chats", json=body)).json()["id"]
        members = (await anne.get(f"/chats/{chat}/members")).json()["value"]
        assert {tuple(item["roles"]) for item in members} == {("owner",), ("guest",)}
