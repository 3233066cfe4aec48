"""Stories of subscribing: who may watch what, and for how long (facts.md 7.1 and 7.2)."""

from typing import Any

import httpx
import pytest
from sim_stories import watch
from sim_tenant import Tenant, Webhook


@pytest.fixture
async def anne(tenant: Tenant) -> httpx.AsyncClient:
    return await tenant.person("anne")


class TestCreate:
    async def test_both_addresses_prove_themselves(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        made = await watch(tenant, anne)
        assert webhook.validations == ["https://hook.example/notify", "https://hook.example/lifecycle"]
        assert made["creatorId"] == tenant.people["anne"]
        assert made["applicationId"] == tenant.info["client_id"]
        listed = (await anne.get("/subscriptions")).json()["value"]
        assert [item["id"] for item in listed] == [made["id"]]
        assert (await anne.get(f"/subscriptions/{made['id']}")).json()["clientState"] == "secret"

    @pytest.mark.parametrize(
        ("answer", "kind"), [(None, "text/plain"), ("something else", "text/plain"), ("echo", "text/html")]
    )
    async def test_who_does_not_prove_himself_is_not_told(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook, answer: str | None, kind: str
    ) -> None:
        webhook.answers_validation, webhook.validation_type = answer, kind
        refused = await tenant.subscribe(anne, "/me/chats/getAllMessages")
        assert refused.status_code == 400
        assert refused.json()["error"]["message"].startswith("Subscription validation request failed.")
        assert (await anne.get("/subscriptions")).json()["value"] == []

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"changeType": "moved"}, "Invalid changeType"),
            ({"changeType": ""}, "Invalid changeType"),
            ({"notificationUrl": "http://hook.example/notify"}, "must use https"),
            ({"notificationUrl": "nonsense"}, "not an absolute address"),
            ({"resource": "/me/messages"}, "is not supported"),
            ({"expirationDateTime": "tomorrow"}, "not a date and time"),
            ({"expirationDateTime": None}, "required property"),
            ({"clientState": "x" * 129}, "clientState must not be longer"),
            ({"encryptionCertificate": "bm90IGEgY2VydGlmaWNhdGU="}, "encryptionCertificate cannot be used"),
            ({"encryptionCertificate": None}, "encryptionCertificate is required"),
            ({"encryptionCertificateId": None}, "encryptionCertificateId is required"),
        ],
    )
    async def test_nonsense_is_refused(
        self, tenant: Tenant, anne: httpx.AsyncClient, fields: dict[str, Any], sentence: str
    ) -> None:
        resource = fields.pop("resource", "/me/chats/getAllMessages")
        refused = await tenant.subscribe(anne, resource, **fields)
        assert refused.status_code == 400
        assert sentence in refused.json()["error"]["message"]

    async def test_life_times(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        too_long = await tenant.subscribe(
            anne, "/me/chats/getAllMessages", expirationDateTime=tenant.after(minutes=4322)
        )
        assert too_long.status_code == 400
        alone = await tenant.subscribe(
            anne, "/me/chats/getAllMessages", lifecycleNotificationUrl=None, expirationDateTime=tenant.after(minutes=62)
        )
        assert alone.json()["error"]["message"].startswith("lifecycleNotificationUrl is a required property")
        short = await watch(tenant, anne, expirationDateTime=tenant.after(minutes=1))
        assert short["expirationDateTime"] == "2026-03-02T09:45:00Z"

    async def test_the_same_twice_is_a_conflict(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        made = await watch(tenant, anne)
        again = await tenant.subscribe(anne, "/me/chats/getAllMessages")
        assert again.status_code == 409
        assert again.json()["error"]["message"].startswith(f"Subscription Id <{made['id']}> already exists")
        assert (await anne.delete(f"/subscriptions/{made['id']}")).status_code == 204
        assert (await tenant.subscribe(anne, "/me/chats/getAllMessages")).status_code == 201

    async def test_only_ones_own_chats(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        others = await tenant.subscribe(anne, f"/users/{tenant.people['robin']}/chats/getAllMessages")
        assert others.status_code == 403
        everybody = await tenant.subscribe(anne, "/chats/getAllMessages")
        assert everybody.status_code == 403

    async def test_quota_of_the_user(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        await tenant.control("PATCH", "/switches", {"user_subscriptions": 2})
        for change in ("created", "updated"):
            assert (await tenant.subscribe(anne, "/me/chats/getAllMessages", changeType=change)).is_success
        refused = await tenant.subscribe(anne, "/me/chats/getAllMessages", changeType="deleted")
        assert refused.status_code == 403

    async def test_no_lifecycle_address_can_be_added_later(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        made = await watch(tenant, anne, lifecycleNotificationUrl=None, expirationDateTime=tenant.after(minutes=50))
        refused = await anne.patch(
            f"/subscriptions/{made['id']}", json={"lifecycleNotificationUrl": "https://hook.example/lifecycle"}
        )
        assert refused.status_code == 400
