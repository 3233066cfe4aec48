"""Microsoft's samples of resources, notifications, tokens and errors, against what this tenant says."""

from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import sim_examples
from sim_examples import Ids, names, sample, shape
from sim_furnished import lacking, person
from sim_tenant import Webhook

from m365sim.world.happenings import HAPPENINGS

pytestmark = pytest.mark.skipif(not sim_examples.FOLDER.exists(), reason="Microsoft's samples are not there.")

#: Samples that this tenant cannot have, with the reason.
IMPOSSIBLE = {
    "notification-chat.json-block.json": "not JSON as printed",
    "notification-with-resource-data.json-block.json": "not JSON as printed",
    "notification-lifecycle.json-block.2.json": "`missed` is not sent for Teams",
    "error-body.json-block.json": "of an upload in pieces, with requestId as older services spell it",
}
ERRORS = {
    "observed-error-403-missing-scope.json": ("GET", "/chats", "User.Read"),
    "observed-error-403-no-teams-licence.json": ("GET", "/me/chats", "Chat.Read"),
    "observed-error-412-delegated-getallmessages.json": ("GET", "/me/chats/getAllMessages", "Chat.Read"),
}
SYSTEM_EVENTS = [name for name in names() if name.startswith("chatmessage-system-event")]


async def test_system_events(ids: Ids) -> None:
    """All that chats have; those of channels and teams are left out."""
    told = 0
    for name in SYSTEM_EVENTS:
        theirs = sample(name)["body"]
        kind = theirs["eventDetail"]["@odata.type"].split(".")[-1].removesuffix("EventMessageDetail")
        if kind in HAPPENINGS or not kind.startswith(("channel", "team")):
            await check_event(ids, name, theirs, kind)
            told += 1
    assert told in (0, 17)


async def check_event(ids: Ids, name: str, theirs: dict[str, Any], kind: str) -> None:
    anne, at = await person(ids.tenant), f"/users/anne@contoso.example/chats/{ids.group}/events"
    if kind in HAPPENINGS:
        await ids.tenant.control("POST", at, {"type": kind})
    elif kind == "membersDeleted":
        await anne.delete(f"/chats/{ids.group}/members/{ids.member}")
    elif kind == "membersAdded":
        await anne.post(f"/chats/{ids.group}/members", json=ids.tenant.member("dana"))
    prefer = {"Prefer": "include-unknown-enum-members"}
    newest = (await anne.get(f"/chats/{ids.group}/messages?$top=1", headers=prefer)).json()["value"][0]
    assert newest["eventDetail"]["@odata.type"] == theirs["eventDetail"]["@odata.type"]
    assert newest["messageType"] == "systemEventMessage", name
    assert {path for path in lacking(name, theirs, newest) if not path.endswith(".displayName")} == set()


class TestNotifications:
    async def _watch(self, ids: Ids, resource: str, **fields: Any) -> httpx.AsyncClient:
        anne = await person(ids.tenant)
        expiry = {"expirationDateTime": ids.tenant.after(minutes=55)}
        answer = await ids.tenant.subscribe(anne, resource, **expiry | fields)
        assert answer.status_code == 201, answer.text
        return anne

    @pytest.mark.parametrize(
        ("name", "part"),
        [
            ("2026-notification-rich-user-chat-message.json", "body"),
            ("2026-notification-rich-channel-message.json", "body"),
            ("2026-notification-reaction-removed.json", "body"),
            ("notification-chatmessage.json-block.json", "body"),
            ("notification-with-resource-data.json-block.3.json", "body"),
            ("notification-chatmessage.json-block.3.json", "item"),
            ("notification-basic.json-block.json", "body"),
            ("2026-notification-rich-user-chat-message.decrypted.json", "payload"),
            ("notification-chatmessage.json-block.2.json", "payload"),
            ("2026-validation-token.claims.json", "token"),
            ("resource-changenotificationcollection.json-block.json", "body"),
            ("resource-changenotificationencryptedcontent.json-block.json", "encrypted"),
        ],
    )
    async def test_of_messages(self, ids: Ids, webhook: Webhook, name: str, part: str) -> None:
        anne = await self._watch(ids, "/me/chats/getAllMessages", changeType="created,updated")
        await anne.post(f"/chats/{ids.group}/messages", json={"body": {"content": "Hello"}})
        await ids.tenant.settle()
        ours = {
            "body": webhook.bodies[0],
            "item": webhook.items[0],
            "payload": webhook.decrypt(webhook.items[0]),
            "token": jwt.decode(webhook.bodies[0]["validationTokens"][0], options={"verify_signature": False}),
            "encrypted": webhook.items[0]["encryptedContent"],
        }
        assert lacking(name, sample(name)["body"], ours[part]) == set()

    @pytest.mark.parametrize(
        ("name", "part"),
        [
            ("2026-notification-chat-user-specific.decrypted.json", "payload"),
            ("notification-chat.json-block.2.json", "payload"),
            ("notification-chat.json-block.3.json", "item"),
        ],
    )
    async def test_of_chats(self, ids: Ids, webhook: Webhook, name: str, part: str) -> None:
        resource = "/me/chats?notifyOnUserSpecificProperties=true"
        anne = await self._watch(ids, resource, changeType="created,updated")
        user = {"user": {"id": ids.people[0], "tenantId": ids.tenant.id}}
        await anne.post(f"/chats/{ids.group}/hideForUser", json=user)
        await ids.tenant.settle()
        ours = {"item": webhook.items[0], "payload": webhook.decrypt(webhook.items[0])}
        assert lacking(name, sample(name)["body"], ours[part]) == set()

    @pytest.mark.parametrize("name", ["2026-notification-presence-basic.json", "2026-notification-presence-rich.json"])
    async def test_of_presence(self, ids: Ids, webhook: Webhook, name: str) -> None:
        await self._watch(ids, f"/communications/presences/{ids.people[1]}", changeType="updated")
        await ids.tenant.control("POST", f"/users/{ids.people[1]}/presence", {"availability": "Away"})
        await ids.tenant.settle()
        assert lacking(name, sample(name)["body"], webhook.bodies[0]) == set()
        if "decrypted" in sample(name):
            assert lacking(name, sample(name)["decrypted"], webhook.decrypt(webhook.items[0])) == set()

    @pytest.mark.parametrize(
        ("name", "action"),
        [
            ("2026-notification-lifecycle.json", "challenge"),
            ("notification-lifecycle.json-block.json", "remove"),
            ("notification-lifecycle.json-block.3.json", "challenge"),
        ],
    )
    async def test_of_lifecycle(self, ids: Ids, webhook: Webhook, name: str, action: str) -> None:
        await ids.tenant.control("POST", f"/subscriptions/{ids.subscription}/{action}")
        await ids.tenant.settle()
        theirs = sample(name)["body"]
        assert webhook.told == [theirs["value"][0]["lifecycleEvent"]]
        assert shape(webhook.bodies[0]) == shape(theirs)

    async def test_tokens_of_version_1(self, ids: Ids, webhook: Webhook) -> None:
        await ids.tenant.control("PATCH", "/switches", {"validation_proof_version": "1.0"})
        anne = await self._watch(ids, "/me/chats/getAllMessages", changeType="created,updated")
        await anne.post(f"/chats/{ids.group}/messages", json={"body": {"content": "Hello"}})
        await ids.tenant.settle()
        claims = jwt.decode(webhook.bodies[0]["validationTokens"][0], options={"verify_signature": False})
        name = "notification-with-resource-data.json-block.2.json"
        assert lacking(name, sample(name)["body"], claims) == set()

    async def test_the_handshake(self, ids: Ids, webhook: Webhook) -> None:
        asked = sample("2026-validation-handshake.json")["request"]
        assert webhook.validation_headers["content-type"] == asked["headers"]["Content-Type"]


#: Which path of which answer has the resource; the samples show names and kinds of properties.
RESOURCES = {
    "resource-aaduserconversationmember.json-block.json": ("/chats/{0.group}/members", "value.1"),
    "resource-chat.json-block.json": ("/chats/{0.meeting}", ""),
    "resource-chatmessage.json-block.json": ("/chats/{0.group}/messages/{0.message}", ""),
    "resource-chatmessageattachment.json-block.json": ("/chats/{0.group}/messages/{0.message}", "attachments.0"),
    "resource-chatmessagefromidentityset.json-block.json": ("/chats/{0.group}/messages/{0.message}", "from"),
    "resource-chatmessagemention.json-block.json": ("/chats/{0.group}/messages/{0.message}", "mentions.0"),
    "resource-chatmessagereaction.json-block.json": ("/chats/{0.group}/messages/{0.message}", "reactions.0"),
    "composed-reaction.json": ("/chats/{0.group}/messages/{0.message}", ""),
    "resource-teamworkuseridentity.json-block.json": ("/chats/{0.group}/messages/{0.message}", "from.user"),
    "resource-eventmessagedetail.json-block.json": ("/chats/{0.group}/messages?$top=1", "value.0.eventDetail"),
    "resource-licensedetails.json-block.json": ("/me/licenseDetails", "value.0"),
    "resource-presence.json-block.json": ("/me/presence", ""),
    "resource-subscription.json-block.json": ("/subscriptions/{0.subscription}", ""),
    "2026-get-chat-viewpoint.response.json": ("/chats/{0.group}", ""),
    "2026-get-users-chats-getallmessages.response.json": ("/users/{0.people[0]}/chats/getAllMessages?$top=2", ""),
    "composed-getteamslicensingdetails.response.json": ("/me/licenseDetails/getTeamsLicensingDetails", ""),
    "composed-licensedetails.response.json": ("/me/licenseDetails", ""),
}


async def test_resources(ids: Ids) -> None:
    for name in RESOURCES:
        await check_resource(ids, name)


async def check_resource(ids: Ids, name: str) -> None:
    address, inside = RESOURCES[name]
    graph = await (ids.tenant.app() if "getAllMessages" in address else person(ids.tenant))
    ours = (await graph.get(address.format(ids))).json()
    for step in inside.split(".") if inside else ():
        ours = ours[int(step) if step.isdigit() else step]
    theirs = sample(name)["body"]
    if name.startswith("resource-"):
        assert {key for key in theirs if not key.startswith("@")} <= ours.keys()
    else:
        assert lacking(name, theirs, ours) == set()


async def test_a_hosted_content(ids: Ids) -> None:
    theirs = sample("resource-chatmessagehostedcontent.json-block.json")["body"]
    anne = await person(ids.tenant)
    at = f"/chats/{ids.group}/messages/{ids.message}/hostedContents/{ids.picture}"
    # The temporary id is for requests.
    assert theirs.keys() - {"@microsoft.graph.temporaryId"} <= (await anne.get(at)).json().keys()


class TestErrors:
    @pytest.mark.parametrize("name", ERRORS)
    async def test_word_for_word(self, ids: Ids, name: str) -> None:
        method, path, scope = ERRORS[name]
        scopes = ["Chat.Read", "User.Read"]
        await ids.tenant.control("PUT", f"/apps/{ids.tenant.info['client_id']}", {"admin_scopes": scopes})
        who = "lee" if "licence" in name else "anne"
        answer = await (await ids.tenant.person(who, f"profile {scope}")).request(method, path)
        theirs, ours = sample(name), answer.json()
        assert answer.status_code == theirs["status"]
        assert _without_order(ours["error"]["message"]) == _without_order(theirs["body"]["error"]["message"])
        assert ours["error"]["code"] == theirs["body"]["error"]["code"]
        assert shape(ours) == shape(theirs["body"])

    async def test_not_a_member(self, ids: Ids) -> None:
        theirs = sample("observed-error-403-not-a-member.json")
        dana = await ids.tenant.person("dana", "Chat.ReadWrite")
        answer = await dana.get(f"/chats/{ids.meeting}/messages")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (theirs["status"], theirs["body"]["error"]["code"])
        assert error["innerError"]["code"] == theirs["body"]["error"]["innerError"]["code"]
        assert error["message"].split("8:orgid:")[0] == theirs["body"]["error"]["message"].split("8:orgid:")[0]

    @pytest.mark.parametrize("name", ["429-throttling.response.json", "2026-error-429.json"])
    async def test_throttled(self, ids: Ids, name: str) -> None:
        await ids.tenant.control("POST", "/faults", {"fault": "throttle", "seconds": 10, "on": {"path": "/me"}})
        answer = await (await person(ids.tenant)).get("/me")
        theirs = sample(name)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, theirs["headers"]["Retry-After"])
        assert lacking(name, theirs["body"], answer.json()) == set()
        assert answer.json()["error"]["message"] == theirs["body"]["error"]["message"]

    async def test_in_a_batch(self, ids: Ids) -> None:
        lee = await ids.tenant.person("lee", "User.Read")
        requests = [{"id": "2", "method": "GET", "url": "/me/chats"}, {"id": "3", "method": "GET", "url": "/users"}]
        answer = await lee.post("/$batch", json={"requests": requests})
        assert lacking("2026-batch.response.json", sample("2026-batch.response.json")["body"], answer.json()) == set()

    async def test_a_chain_in_a_batch(self, ids: Ids) -> None:
        chain = sample("post-batch.json-block.json")["body"]["requests"]
        answer = await (await person(ids.tenant)).post(
            "/$batch", json={"requests": [item | {"url": "/me"} for item in chain]}
        )
        assert {item["status"] for item in answer.json()["responses"]} == {200}

    @pytest.mark.parametrize("name", ["error-body.json-block.2.json", "error-body.json-block.3.json"])
    async def test_the_type_of_errors(self, ids: Ids, name: str) -> None:
        error = (await (await person(ids.tenant)).get("/chats/x")).json()
        wanted = sample(name)["body"]
        assert wanted.keys() <= (error if "error" in wanted else error["error"] | {"innererror": {}}).keys()


def _without_order(message: str) -> list[str]:
    """Scopes are listed in no order that would mean something."""
    return sorted(message.replace("'", ",").replace(" ", "").split(","))


class TestIdentity:
    async def test_the_configuration(self, ids: Ids) -> None:
        name = "identity-openid-configuration.json"
        address = f"https://m365sim.test/{ids.tenant.id}/v2.0/.well-known/openid-configuration"
        document = (await ids.tenant.http.get(address)).json()
        assert lacking(name, sample(name)["body"], document) == set()
        # Claims that are said to be there, of which the document is only composed from memory.
        assert {"sub", "iss", "aud", "tid", "nonce", "name"} <= set(document["claims_supported"])

    async def test_tokens(self, ids: Ids) -> None:
        form = {"grant_type": "password", "username": "anne@contoso.example", "password": "Teams-demo-1"}
        answer = await ids.tenant.token(**form, scope="openid offline_access User.Read")
        name = "identity-token-success.response.json"
        assert lacking(name, sample(name)["body"], answer.json()) == set()
        refused = await ids.tenant.token(**form, scope="https://graph.microsoft.com/mail.fly")
        theirs = sample("identity-token-error.response.json")
        assert refused.status_code == theirs["status"]
        assert shape(refused.json()) == shape(theirs["body"])
        assert refused.json()["error_codes"] == theirs["body"]["error_codes"]


def test_nothing_is_forgotten() -> None:
    """Every sample is asked, compared, or listed with a reason."""
    text = Path(__file__).read_text()
    pairs = [name for name in names() if ".request" in name or name.replace(".response", ".request") in names()]
    elsewhere = {"identity-authorize-cancel.json": "test_sim_sign_in", "identity-adminconsent.json": "test_sim_sign_in"}
    forgotten = set(names()) - {*pairs, *SYSTEM_EVENTS, *RESOURCES, *IMPOSSIBLE, *elsewhere}
    assert {name for name in forgotten if name not in text} == set()
