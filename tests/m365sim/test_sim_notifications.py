"""Stories of what subscribers are told (facts.md 7.3 to 7.5)."""

import httpx
import jwt
import pytest
import sim_schema
from sim_stories import say, watch
from sim_tenant import Tenant, Webhook

CHANGE_TRACKING = "0bf30f3b-4a52-48df-9a82-234910c4a086"


@pytest.fixture
async def anne(tenant: Tenant) -> httpx.AsyncClient:
    return await tenant.person("anne")


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

    @pytest.mark.parametrize("resource", ["/me/chats/getAllMessages", "/chats/{}/messages"])
    async def test_only_messages_with_certain_words(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook, resource: str
    ) -> None:
        chat = await tenant.chat(anne, "anne", "robin")
        answer = await tenant.subscribe(anne, f"{resource.format(chat)}?$search=Invoice")
        assert answer.status_code == 201
        for text in ("Good morning", "Your invoice is here"):
            await say(tenant, "robin", text)
        await tenant.settle()
        (item,) = webhook.items
        assert webhook.decrypt(item)["body"]["content"] == "Your invoice is here"

    async def test_only_messages_that_mention_somebody(
        self, tenant: Tenant, anne: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        chat = await tenant.chat(anne, "anne", "robin")
        wanted = f"$filter=mentions/any(u: u/mentioned/user/id eq '{tenant.people['robin']}')"
        assert (await tenant.subscribe(anne, f"/chats/{chat}/messages?{wanted}")).status_code == 201
        await say(tenant, "anne", "Nobody is meant", to="robin")
        mention = {"id": 0, "mentionText": "Robin", "mentioned": {"user": {"id": tenant.people["robin"]}}}
        body = {"contentType": "html", "content": '<at id="0">Robin</at>'}
        await anne.post(f"/chats/{chat}/messages", json={"body": body, "mentions": [mention]})
        await tenant.settle()
        (item,) = webhook.items
        assert webhook.decrypt(item)["mentions"][0]["mentionText"] == "Robin"

    async def test_other_filters_are_refused(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        refused = await tenant.subscribe(anne, "/me/chats/getAllMessages?$filter=importance eq 'high'")
        assert refused.status_code == 400

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
