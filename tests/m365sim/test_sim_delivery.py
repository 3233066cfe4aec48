"""Stories of delivery: retries, lapses, the end of subscriptions (facts.md 7.3 and 7.6)."""

import httpx
import pytest
from sim_stories import say, watch
from sim_tenant import Tenant, Webhook

from m365sim.delivery import courier


@pytest.fixture
async def anne(tenant: Tenant) -> httpx.AsyncClient:
    return await tenant.person("anne")


class TestDelivery:
    async def test_a_refused_post_is_tried_again(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        await watch(tenant, anne)
        webhook.statuses = [0, 500, 404]
        await say(tenant, "robin", "Hello")
        await tenant.settle()
        assert webhook.items == []
        await tenant.advance(minutes=1)
        assert webhook.told == ["created"]

    async def test_after_four_hours_it_is_given_up(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        await tenant.control("PATCH", "/switches", {"access_token_seconds": 90_000})
        anne = await tenant.person("anne")
        await watch(
            tenant, anne, expirationDateTime=tenant.after(hours=30), lifecycleNotificationUrl="https://hook.example/l"
        )
        webhook.statuses = [503] * 200
        await say(tenant, "robin", "Hello")
        await tenant.advance(hours=5)
        webhook.statuses = []
        await tenant.advance(hours=1)
        assert webhook.items == []
        violations = (await tenant.control("GET", "/conduct"))["violations"]
        assert [item["rule"] for item in violations] == ["subscription-left-behind"]

    @pytest.mark.parametrize("held", [True, False])
    async def test_a_lapsed_token_stops_delivery(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook, held: bool
    ) -> None:
        await tenant.control("PATCH", "/switches", {"lapse_holds_changes": held})
        made = await watch(tenant, anne)
        await tenant.advance(minutes=61)
        assert set(webhook.told) == {"reauthorizationRequired"}
        webhook.forget()
        await say(tenant, "robin", "While you were out")
        await tenant.settle()
        assert webhook.items == []
        fresh = await tenant.person("anne")
        renewed = await fresh.patch(f"/subscriptions/{made['id']}", json={"expirationDateTime": tenant.after(hours=3)})
        assert renewed.status_code == 200
        await tenant.settle()
        assert webhook.told == (["created"] if held else [])
        await say(tenant, "robin", "Welcome back")
        await tenant.settle()
        assert webhook.told[-1] == "created"

    async def test_many_travel_together(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        await watch(tenant, anne)
        webhook.statuses = [503] * 5
        for number in range(5):
            await say(tenant, "robin", f"Message {number}")
        await tenant.advance(minutes=1)
        assert len(webhook.items) == 5
        assert len(webhook.bodies) == 1

    async def test_a_post_holds_so_many_and_not_more_than_a_webhook_takes(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await watch(tenant, anne)
        for limit, value in (("BATCH", 3), ("BATCH_BYTES", 4_000)):
            monkeypatch.setattr(courier, limit, value)
            webhook.forget()
            webhook.statuses = [503] * 4
            for text in ("1", "2", "3" * 5_000, "4"):
                await say(tenant, "robin", text)
            await tenant.advance(minutes=1)
            contents = [
                [webhook.decrypt(item)["body"]["content"][0] for item in body["value"]] for body in webhook.bodies
            ]
            assert contents == [["1", "2", "3"], ["4"]]
            monkeypatch.undo()


class TestLifecycle:
    async def test_challenges_come_until_somebody_renews(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        made = await watch(tenant, anne, expirationDateTime=tenant.after(hours=20))
        await tenant.advance(minutes=46)
        assert webhook.told == ["reauthorizationRequired"]
        assert webhook.items[0]["subscriptionId"] == made["id"]
        assert (await anne.post(f"/subscriptions/{made['id']}/reauthorize")).status_code == 204
        fresh = await tenant.person("anne")
        await tenant.advance(minutes=11)
        webhook.forget()
        await fresh.patch(f"/subscriptions/{made['id']}", json={"expirationDateTime": tenant.after(hours=20)})
        await tenant.advance(minutes=20)
        assert webhook.items == []

    async def test_removed_by_graph(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        made = await watch(tenant, anne)
        await tenant.control("POST", f"/subscriptions/{made['id']}/remove")
        await tenant.settle()
        assert webhook.told == ["subscriptionRemoved"]
        assert webhook.items[0]["clientState"] == "secret"
        assert (await anne.get(f"/subscriptions/{made['id']}")).status_code == 404

    async def test_running_out_is_bad_conduct(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        await watch(tenant, anne)
        await tenant.advance(hours=3)
        assert tenant.sim.world.subscriptions == {}
        rules = [item["rule"] for item in (await tenant.control("GET", "/conduct"))["violations"]]
        assert rules == ["missed-renewal"]
        assert "subscriptionRemoved" not in webhook.told

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/users/anne@contoso.example/revoke-sessions", None),
            ("POST", "/apps/{client_id}/withdraw-consent", None),
            ("PATCH", "/users/anne@contoso.example", {"enabled": False}),
        ],
    )
    async def test_what_was_withdrawn_stops_deliveries(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook, method: str, path: str, body: object
    ) -> None:
        await watch(tenant, anne)
        await tenant.control(method, path.format(**tenant.info), body)
        await tenant.settle()
        assert webhook.told == ["reauthorizationRequired"]
        await say(tenant, "robin", "Are you there?")
        await tenant.settle()
        assert webhook.told == ["reauthorizationRequired"]
