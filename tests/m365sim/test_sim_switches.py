"""Questions that Microsoft's sources leave open, answered in either way."""

from typing import Any

import httpx
import pytest
from sim_stories import say, watch
from sim_tenant import Tenant, Webhook

from m365sim.switches import Switches, switchable


async def switch(tenant: Tenant, **switches: Any) -> None:
    await tenant.control("PATCH", "/switches", switches)


def test_every_switch_has_a_source() -> None:
    assert switchable().keys() == set(Switches.__struct_fields__)
    assert all(behavior.source and behavior.what for behavior in switchable().values())


@pytest.mark.parametrize(
    "wrong", [{"throtling": True}, {"others_messages": "maybe"}, {"existing_chat_status": 204}, {"messages_page": "x"}]
)
async def test_nonsense_is_refused(tenant: Tenant, wrong: dict[str, Any]) -> None:
    assert (await tenant.http.patch("/_sim/switches", json=wrong)).status_code == 400


async def test_the_issuer_of_common(tenant: Tenant) -> None:
    await switch(tenant, issuer_of_common="tenant")
    document = (await tenant.http.get("/common/v2.0/.well-known/openid-configuration")).json()
    assert document["issuer"] == f"https://m365sim.test/{tenant.id}/v2.0"


class TestPresence:
    async def _idle(self, tenant: Tenant) -> dict[str, Any]:
        ben = await tenant.person("ben", "Presence.ReadWrite Presence.Read.All")
        session = {
            "sessionId": tenant.info["client_id"], "availability": "Available", "activity": "Available",
            "expirationDuration": "PT1H",
        }  # fmt: skip
        await ben.post(f"/users/{tenant.people['ben']}/presence/setPresence", json=session)
        await tenant.advance(minutes=6)
        return (await ben.get("/me/presence")).json()

    async def test_idle_has_a_name_of_its_own(self, tenant: Tenant) -> None:
        await switch(tenant, idle_availability="AvailableIdle")
        shown = await self._idle(tenant)
        assert (shown["availability"], shown["activity"]) == ("AvailableIdle", "AvailableInactive")

    async def test_the_spelling_of_the_resource_page(self, tenant: Tenant) -> None:
        await switch(tenant, presence_spelling="camel")
        shown = await self._idle(tenant)
        assert (shown["availability"], shown["activity"]) == ("available", "availableInactive")

    async def test_the_older_limit(self, strict_tenant: Tenant) -> None:
        await switch(strict_tenant, presence_requests=2)
        anne = await strict_tenant.person("anne")
        statuses = [(await anne.get("/me/presence")).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]


class TestMessages:
    async def test_how_many_are_listed_unasked(self, tenant: Tenant) -> None:
        await switch(tenant, messages_page=2)
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        for text in "abc":
            await anne.post(f"/chats/{chat}/messages", json={"body": {"content": text}})
        assert len((await anne.get(f"/chats/{chat}/messages")).json()["value"]) == 2

    async def test_a_deletion_without_its_date(self, tenant: Tenant) -> None:
        await switch(tenant, deleted_date_is_shown=False)
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})).json()
        await anne.post(f"/chats/{chat}/messages/{sent['id']}/softDelete")
        gone = (await anne.get(f"/chats/{chat}/messages/{sent['id']}")).json()
        assert (gone["deletedDateTime"], gone["body"]["content"]) == (None, "")


class TestNotifications:
    @pytest.fixture
    async def anne(self, tenant: Tenant) -> httpx.AsyncClient:
        return await tenant.person("anne")

    async def test_undoing_comes_as_created(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        await switch(tenant, undo_delete_change="created")
        said = await say(tenant, "anne", "Hello", to="robin")
        await watch(tenant, anne)
        at = f"/chats/{said['chat_id']}/messages/{said['message_id']}"
        await anne.post(f"{at}/softDelete")
        await anne.post(f"{at}/undoSoftDelete")
        await tenant.settle()
        assert webhook.told == ["deleted", "created"]

    async def test_in_capitals(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        await switch(tenant, change_type_spelling="Created")
        await watch(tenant, anne)
        await say(tenant, "robin", "Hello")
        await tenant.settle()
        assert webhook.told == ["Created"]

    async def test_client_state_is_required(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        await switch(tenant, client_state_required=True)
        refused = await tenant.subscribe(anne, "/me/chats/getAllMessages", clientState=None)
        assert refused.status_code == 400

    async def test_challenges_come_later(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        await switch(tenant, challenge_minutes=5)
        await watch(tenant, anne, expirationDateTime=tenant.after(hours=20))
        await tenant.advance(minutes=54)
        assert webhook.told == []
        await tenant.advance(minutes=7)
        assert webhook.told == ["reauthorizationRequired"] * 2


class TestBatch:
    MIXED = (
        {"id": "1", "method": "GET", "url": "/me"},
        {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": "/me"},
    )

    @pytest.mark.parametrize(("mixed", "status"), [(True, 200), (False, 400)])
    async def test_some_depend_and_some_do_not(self, tenant: Tenant, mixed: bool, status: int) -> None:
        await switch(tenant, mixed_batches=mixed)
        answer = await (await tenant.person("anne")).post("/$batch", json={"requests": list(self.MIXED)})
        assert answer.status_code == status
