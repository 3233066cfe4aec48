"""Stories of change notifications (facts.md 7)."""

import json
from typing import Any

import httpx
import jwt
import pytest
import sim_schema
from sim_tenant import Tenant, Webhook

CHANGE_TRACKING = "0bf30f3b-4a52-48df-9a82-234910c4a086"


@pytest.fixture
async def anne(tenant: Tenant) -> httpx.AsyncClient:
    return await tenant.person("anne")


async def watch(tenant: Tenant, graph: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await tenant.subscribe(graph, f"/users/{tenant.people['anne']}/chats/getAllMessages", **fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def say(tenant: Tenant, alias: str, text: str, to: str = "anne") -> dict[str, str]:
    return await tenant.control(
        "POST", f"/users/{alias}@contoso.example/messages", {"to": f"{to}@contoso.example", "text": text}
    )


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


class TestRich:
    async def test_the_whole_message_arrives_encrypted(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        made = await watch(tenant, anne)
        said = await say(tenant, "robin", "Hello Anne")
        await tenant.settle()
        (item,) = webhook.items
        assert (item["subscriptionId"], item["clientState"], item["changeType"]) == (made["id"], "secret", "created")
        assert item["resource"] == f"chats('{said['chat_id']}')/messages('{said['message_id']}')"
        assert item["resourceData"]["@odata.type"] == "#Microsoft.Graph.chatMessage"
        assert item["encryptedContent"]["encryptionCertificateId"] == "certificate-1"
        message = webhook.decrypt(item)
        assert message["body"]["content"] == "Hello Anne"
        assert message["subject"] == ""
        assert (message["replies"], message["hostedContents"]) == ([], [])
        assert (await anne.get(f"/{item['resource']}")).json()["id"] == said["message_id"]
        known = {key: value for key, value in item.items() if key != "encryptedContent"}
        assert sim_schema.problems_of(known, "changeNotification") == []

    async def test_the_tokens_prove_that_graph_speaks(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        await watch(tenant, anne)
        await say(tenant, "robin", "Hello")
        await tenant.settle()
        (token,) = webhook.bodies[0]["validationTokens"]
        keys = jwt.PyJWKSet.from_dict((await tenant.http.get("/common/discovery/v2.0/keys")).json())
        claims = jwt.decode(
            token,
            keys[jwt.get_unverified_header(token)["kid"]],
            ["RS256"],
            {"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            audience=tenant.info["client_id"],
            issuer=f"https://m365sim.test/{tenant.id}/v2.0",
        )
        assert claims["azp"] == CHANGE_TRACKING
        assert claims["exp"] - claims["iat"] == 24 * 3600

    async def test_without_resource_data_there_is_no_content(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        await watch(tenant, anne, includeResourceData=None, encryptionCertificate=None, encryptionCertificateId=None)
        await say(tenant, "robin", "Hello")
        await tenant.settle()
        assert "encryptedContent" not in webhook.items[0]
        assert "validationTokens" not in webhook.bodies[0]

    async def test_an_app_that_needs_assignment_gets_no_proof(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        await watch(tenant, anne)
        await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", {"assignment_required": True})
        await say(tenant, "robin", "Hello")
        await tenant.settle()
        assert webhook.bodies[0]["validationTokens"] is None

    async def test_each_item_has_a_key_of_its_own(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        await watch(tenant, anne)
        for text in ("One", "Two"):
            await say(tenant, "robin", text)
        await tenant.settle()
        assert len({item["encryptedContent"]["dataKey"] for item in webhook.items}) == 2
        assert [webhook.decrypt(item)["body"]["content"] for item in webhook.items] == ["One", "Two"]


class TestWhatNotifiesHow:
    async def test_the_life_of_a_message(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        await watch(tenant, anne)
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Mine"}})).json()
        at = f"/chats/{chat}/messages/{sent['id']}"
        await anne.patch(at, json={"body": {"content": "Edited"}})
        await anne.post(f"{at}/setReaction", json={"reactionType": "👍"})
        await anne.post(f"{at}/unsetReaction", json={"reactionType": "👍"})
        await anne.post(f"{at}/softDelete")
        await anne.post(f"{at}/undoSoftDelete")
        await tenant.settle()
        expected = ["created", "updated", "updated", "updated", "updated", "deleted", "updated"]
        assert webhook.told == expected
        stamps = [int(webhook.decrypt(item)["etag"]) for item in webhook.items]
        assert stamps == sorted(stamps)

    async def test_only_what_was_asked_for(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        await watch(tenant, anne, changeType="deleted")
        await say(tenant, "robin", "Hello")
        await tenant.settle()
        assert webhook.items == []

    async def test_read_marks_come_to_their_owner_only(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        said = await say(tenant, "robin", "Hello")
        await tenant.advance(seconds=1)
        answer = await tenant.subscribe(
            anne, "/me/chats?notifyOnUserSpecificProperties=true", changeType="created,updated"
        )
        assert answer.status_code == 201
        for alias in ("robin", "anne"):
            await tenant.control("POST", f"/users/{alias}@contoso.example/chats/{said['chat_id']}/read")
        await tenant.settle()
        (item,) = webhook.items
        assert webhook.decrypt(item)["viewpoint"]["lastMessageReadDateTime"] == "2026-03-02T09:00:01Z"

    async def test_members_and_topic(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        chat = await tenant.chat(anne, "anne", "robin", topic="Bills")
        await tenant.subscribe(anne, f"/chats/{chat}/members", changeType="created,deleted")
        await tenant.subscribe(anne, f"/chats/{chat}", changeType="updated")
        await anne.post(f"/chats/{chat}/members", json=tenant.member("ben"))
        await tenant.settle()
        kinds = {item["resourceData"]["@odata.type"] for item in webhook.items}
        assert kinds == {"#Microsoft.Graph.conversationMember", "#Microsoft.Graph.chat"}


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


class TestPresence:
    async def test_told_when_it_changes(self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook) -> None:
        robin = tenant.people["robin"]
        answer = await tenant.subscribe(
            anne,
            f"/communications/presences?$filter=id in ('{robin}','{tenant.people['ben']}')",
            changeType="updated",
            expirationDateTime=tenant.after(minutes=59),
        )
        assert answer.status_code == 201
        await tenant.control("POST", f"/users/{robin}/presence", {"availability": "Away"})
        await tenant.settle()
        (item,) = webhook.items
        assert (item["organizationId"], item["resource"]) == (tenant.id, f"communications/presences/{robin}")
        shown = webhook.decrypt(item)
        assert (shown["availability"], shown["activity"]) == ("Away", "Away")

    async def test_one_per_app_and_user_and_an_hour_at_most(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        one = f"/communications/presences/{tenant.people['robin']}"
        long = await tenant.subscribe(anne, one, changeType="updated")
        assert long.status_code == 400
        fields = {"changeType": "updated", "expirationDateTime": tenant.after(minutes=50)}
        assert (await tenant.subscribe(anne, one, **fields)).status_code == 201
        other = f"/communications/presences/{tenant.people['ben']}"
        assert (await tenant.subscribe(anne, other, **fields)).status_code == 403
        app = await tenant.app()
        assert (await tenant.subscribe(app, other, **fields)).status_code == 403


def test_examples_of_subscriptions_are_understood() -> None:
    """Every documented subscription body of a Teams resource names something that can be watched."""
    from m365sim.delivery.resources import parse_resource

    files = sorted((sim_schema.FOLDER / "examples").glob("2026-post-subscriptions*.request.json"))
    for file in files:
        resource = json.loads(file.read_text())["body"]["resource"]
        assert parse_resource(resource, None) is not None, resource
