"""More stories for the simulator and, with GRAPH_LIVE=1, for a real tenant: lists, groups, subscriptions, refusals."""

from datetime import UTC, datetime, timedelta

import pytest
from sim_contract import PATIENT, Contract, chat_of, say

pytestmark = PATIENT


class TestReading:
    async def test_what_was_said_since(self, contract: Contract) -> None:
        chat = await chat_of(contract, "anne", "robin")
        first = await say(contract, "anne", chat, "One")
        second = await say(contract, "anne", chat, "Two")
        since = first["createdDateTime"]
        asked = f"$orderby=lastModifiedDateTime desc&$filter=lastModifiedDateTime gt {_before(since)}"

        async def both() -> bool:
            page = await contract.call("robin", "GET", f"/chats/{chat}/messages?$top=50&{asked}", 200)
            found = [item["id"] for item in page["value"]]
            return found[:2] == [second["id"], first["id"]]

        await contract.eventually(both)
        contract.confirms("filter-order")

    @pytest.mark.parametrize(
        "path", ["?$orderby=createdDateTime asc", "?$top=51", "?$orderby=subject desc"], ids=["asc", "top", "property"]
    )
    async def test_what_cannot_be_asked(self, contract: Contract, path: str) -> None:
        chat = await chat_of(contract, "anne", "robin")
        assert (await contract.ask("anne", "GET", f"/chats/{chat}/messages{path}")).status_code == 400

    async def test_my_chats(self, contract: Contract) -> None:
        chat = await chat_of(contract, "anne", "robin")
        await say(contract, "anne", chat, "For the list")
        asked = "$expand=members,lastMessagePreview&$orderby=lastMessagePreview/createdDateTime desc&$top=5"

        async def first() -> bool:
            page = await contract.call("anne", "GET", f"/me/chats?{asked}", 200)
            return page["value"][0]["id"] == chat and len(page["value"][0]["members"]) == 2

        await contract.eventually(first)
        refused = await contract.ask("anne", "GET", "/chats?$orderby=lastMessagePreview/createdDateTime asc")
        assert refused.status_code == 400

    async def test_read_marks_are_ones_own(self, contract: Contract) -> None:
        chat, me = await chat_of(contract, "anne", "robin"), await contract.id_of("anne")
        await say(contract, "robin", chat, "Have you seen this?")
        user = {"user": {"id": me, "tenantId": await _tenant_id(contract, chat)}}
        await contract.call("anne", "POST", f"/chats/{chat}/markChatReadForUser", 204, user)
        seen = (await contract.call("anne", "GET", f"/chats/{chat}", 200))["viewpoint"]["lastMessageReadDateTime"]
        await contract.call("anne", "POST", f"/chats/{chat}/markChatUnreadForUser", 204, user)
        other = (await contract.call("robin", "GET", f"/chats/{chat}", 200))["viewpoint"]
        assert seen > "2001"
        assert other["isHidden"] is False
        await contract.call("anne", "POST", f"/chats/{chat}/hideForUser", 204, user)
        await contract.call("anne", "POST", f"/chats/{chat}/unhideForUser", 204, user)
        contract.confirms("viewpoint")


class TestGroups:
    async def test_people_come_and_go(self, contract: Contract) -> None:
        chat = await chat_of(contract, "anne", "robin", "ben", topic="A test of Graph")
        await contract.call("anne", "PATCH", f"/chats/{chat}", 200, {"topic": "A test of Graph, over"})
        assert (await contract.call("ben", "GET", f"/chats/{chat}", 200))["topic"] == "A test of Graph, over"
        members = (await contract.call("anne", "GET", f"/chats/{chat}/members", 200))["value"]
        ben = await contract.id_of("ben")
        (his,) = [member["id"] for member in members if member["userId"] == ben]
        await contract.call("anne", "DELETE", f"/chats/{chat}/members/{his}", 204)
        refused = await contract.ask("ben", "GET", f"/chats/{chat}/messages")
        assert refused.status_code == 403
        contract.confirms("acl")
        plain = (await contract.call("anne", "GET", f"/chats/{chat}/messages", 200))["value"]
        told = {"Prefer": "include-unknown-enum-members"}
        full = (await contract.call("anne", "GET", f"/chats/{chat}/messages", 200, **told))["value"]
        assert "unknownFutureValue" in {item["messageType"] for item in plain}
        assert "systemEventMessage" in {item["messageType"] for item in full}
        contract.confirms("system-events")


class TestSubscriptions:
    async def test_a_life(self, contract: Contract) -> None:
        if not contract.webhook:
            pytest.skip("GRAPH_LIVE_WEBHOOK is not set")
        body = {
            "changeType": "created,updated,deleted", "notificationUrl": contract.webhook,
            "resource": "/me/chats/getAllMessages", "expirationDateTime": await _soon(contract, minutes=50),
            "clientState": "contract",
        }  # fmt: skip
        made = await contract.call("anne", "POST", "/subscriptions", 201, body)
        one = f"/subscriptions/{made['id']}"
        contract.afterwards("anne", "DELETE", one)
        without = body | {"clientState": None, "changeType": "created"}
        answer = await contract.ask("anne", "POST", "/subscriptions", without)
        contract.finds("client_state_required", answer.status_code == 400)
        if answer.status_code == 201:
            await contract.call("anne", "DELETE", f"/subscriptions/{answer.json()['id']}", 204)
        again = await contract.ask("anne", "POST", "/subscriptions", body)
        assert again.status_code == 409
        later = {"expirationDateTime": await _soon(contract, minutes=55)}
        await contract.call("anne", "PATCH", one, 200, later)
        assert made["id"] in [
            item["id"] for item in (await contract.call("anne", "GET", "/subscriptions", 200))["value"]
        ]
        await contract.call("anne", "DELETE", one, 204)
        assert (await contract.ask("anne", "GET", one)).status_code == 404
        contract.confirms("handshake")


class TestSignIn:
    async def test_the_documents(self, contract: Contract) -> None:
        found = (await contract.login.get("/common/v2.0/.well-known/openid-configuration")).json()
        contract.finds("issuer_of_common", "template" if "{tenantid}" in found["issuer"] else "tenant")
        keys = (await contract.login.get(found["jwks_uri"])).json()["keys"]
        assert all(key["kty"] == "RSA" and key["kid"] and key["x5c"] for key in keys)
        contract.confirms("jwks")

    async def test_an_unknown_app(self, contract: Contract) -> None:
        form = {"grant_type": "client_credentials", "client_id": "00000000-0000-4000-8000-000000000000"}
        form |= {"client_secret": "x", "scope": "https://graph.microsoft.com/.default"}
        refused = await contract.login.post("/organizations/oauth2/v2.0/token", data=form)
        assert refused.status_code in (400, 401)
        assert {"error", "error_codes", "trace_id", "correlation_id", "timestamp"} <= refused.json().keys()
        contract.confirms("aadsts")


class TestRefusals:
    async def test_what_delegated_tokens_cannot_do(self, contract: Contract) -> None:
        refused = await contract.call("anne", "GET", "/me/chats/getAllMessages", 412)
        assert refused["error"]["code"] == "PreconditionFailed"

    async def test_no_token(self, contract: Contract) -> None:
        refused = await contract.ask("nobody", "GET", "/me")
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
        assert "authorization_uri" in refused.headers["www-authenticate"]

    async def test_what_is_not_there(self, contract: Contract) -> None:
        chat = await chat_of(contract, "anne", "robin")
        missing = await contract.call("anne", "GET", f"/chats/{chat}/messages/1", 404)
        assert missing["error"]["innerError"]["request-id"]
        assert (await contract.ask("anne", "GET", "/chats/nonsense")).status_code == 400
        assert (await contract.ask("anne", "GET", "/me/nonsense")).status_code == 400

    async def test_a_batch(self, contract: Contract) -> None:
        requests = [
            {"id": "1", "method": "GET", "url": "/me"},
            {"id": "2", "method": "GET", "url": "/chats/19:nobody@thread.v2", "dependsOn": ["1"]},
            {"id": "3", "method": "GET", "url": "/me", "dependsOn": ["2"]},
        ]
        answer = await contract.call("anne", "POST", "/$batch", 200, {"requests": requests})
        statuses = {item["id"]: item["status"] for item in answer["responses"]}
        assert statuses["1"] == 200
        assert statuses["2"] in (403, 404)
        assert statuses["3"] == 424
        contract.confirms("batch")


async def _soon(contract: Contract, **span: float) -> str:
    """A moment after now, by the tenant's own clock."""
    date = (await contract.ask("anne", "GET", "/me")).headers["date"]
    now = datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    return f"{now + timedelta(**span):%Y-%m-%dT%H:%M:%SZ}"


async def _tenant_id(contract: Contract, chat: str) -> str:
    return str((await contract.call("anne", "GET", f"/chats/{chat}", 200))["tenantId"])


def _before(moment: str) -> str:
    return (datetime.fromisoformat(moment) - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
