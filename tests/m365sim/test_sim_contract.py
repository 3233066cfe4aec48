"""The same stories against the simulator and, with GRAPH_LIVE=1, against a real tenant."""

import base64
import json

from sim_contract import LIVE, PATIENT, Contract, chat_of, say

pytestmark = PATIENT
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class TestPeople:
    async def test_who_am_i(self, contract: Contract) -> None:
        me = await contract.call("anne", "GET", "/me", 200)
        assert me["userPrincipalName"]
        some = await contract.call("anne", "GET", "/me?$select=id,proxyAddresses,accountEnabled", 200)
        assert (some["id"], some["accountEnabled"], "displayName" in some) == (me["id"], True, False)

    async def test_my_license(self, contract: Contract) -> None:
        licensing = await contract.call("anne", "GET", "/me/licenseDetails/getTeamsLicensingDetails", 200)
        assert licensing["hasTeamsLicense"] is True
        details = await contract.call("anne", "GET", "/me/licenseDetails", 200)
        plans = [plan["servicePlanName"] for product in details["value"] for plan in product["servicePlans"]]
        assert any(name.startswith("TEAMS") for name in plans)

    async def test_without_a_license_chats_are_closed(self, contract: Contract) -> None:
        refused = await contract.call("lee", "GET", "/me/chats", 403)
        assert refused["error"]["message"].startswith("Failed to get license information for the user.")
        contract.confirms("no-license")

    async def test_the_directory_in_pages(self, contract: Contract) -> None:
        page = await contract.call("anne", "GET", "/users?$top=2&$select=id,displayName,mail,userType", 200)
        more = await contract.call("anne", "GET", page["@odata.nextLink"], 200)
        assert not {user["id"] for user in page["value"]} & {user["id"] for user in more["value"]}
        number = await contract.call("anne", "GET", "/users/$count", 200, ConsistencyLevel="eventual")
        assert int(number) >= 3

    async def test_an_app_follows_the_directory(self, contract: Contract) -> None:
        address = "/users/delta?$select=id,displayName"
        page = await contract.call("app", "GET", address, 200)
        while "@odata.nextLink" in page:
            page = await contract.call("app", "GET", page["@odata.nextLink"], 200)
        nothing = await contract.call("app", "GET", page["@odata.deltaLink"], 200)
        assert nothing["value"] == [] or LIVE
        contract.confirms("delta")

    async def test_an_app_has_no_me(self, contract: Contract) -> None:
        refused = await contract.ask("app", "GET", "/me")
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "BadRequest")


class TestPresence:
    async def test_everybodys(self, contract: Contract) -> None:
        me, robin = await contract.id_of("anne"), await contract.id_of("robin")
        assert (await contract.call("anne", "GET", "/me/presence", 200))["id"] == me
        assert (await contract.call("anne", "GET", f"/communications/presences/{robin}", 200))["id"] == robin
        both = {"ids": [me, robin]}
        found = await contract.call("anne", "POST", "/communications/getPresencesByUserId", 200, both)
        contract.finds("presence_spelling", "Pascal" if found["value"][0]["availability"][0].isupper() else "camel")
        assert {item["id"] for item in found["value"]} == {me, robin}

    async def test_what_i_prefer(self, contract: Contract) -> None:
        here = f"/users/{await contract.id_of('anne')}/presence"
        wish = {"availability": "DoNotDisturb", "activity": "DoNotDisturb", "expirationDuration": "PT5M"}
        contract.afterwards("anne", "POST", f"{here}/clearUserPreferredPresence")
        await contract.call("anne", "POST", f"{here}/setUserPreferredPresence", 200, wish)

        async def shown() -> bool:
            return (await contract.call("anne", "GET", "/me/presence", 200))["availability"] == "DoNotDisturb"

        # Only a Teams client that is open makes a preference count at a real tenant.
        if not LIVE:
            await contract.eventually(shown)
        await contract.call("anne", "POST", f"{here}/clearUserPreferredPresence", 200)


class TestTalking:
    async def test_a_conversation(self, contract: Contract) -> None:
        me, chat = await contract.id_of("anne"), await chat_of(contract, "anne", "robin")
        sent = await say(contract, "anne", chat, "A test of Graph")
        one = f"/chats/{chat}/messages/{sent['id']}"
        await contract.call("anne", "PATCH", one, 204, {"body": {"content": "A test of Graph, edited"}})
        edited = await contract.call("robin", "GET", one, 200)
        assert edited["lastEditedDateTime"] is not None
        await contract.call("robin", "POST", f"{one}/setReaction", 204, {"reactionType": "👍"})
        await contract.call("robin", "POST", f"{one}/unsetReaction", 204, {"reactionType": "👍"})
        await contract.call("anne", "POST", f"/users/{me}{one}/softDelete", 204)
        gone = await contract.call("anne", "GET", one, 200)
        assert gone["body"]["content"] in ("", None)
        contract.finds("deleted_date_is_shown", gone["deletedDateTime"] is not None)
        await contract.call("anne", "POST", f"/users/{me}{one}/undoSoftDelete", 204)
        contract.confirms("deleted")

        async def listed() -> bool:
            newest = f"/chats/{chat}/messages?$top=5&$orderby=lastModifiedDateTime desc"
            page = await contract.call("robin", "GET", newest, 200)
            return sent["id"] in [item["id"] for item in page["value"]]

        await contract.eventually(listed)

    async def test_a_chat_exists_once(self, contract: Contract) -> None:
        first = await chat_of(contract, "anne", "robin")
        members = (await contract.call("anne", "GET", f"/chats/{first}/members", 200))["value"]
        body = {
            "chatType": "oneOnOne",
            "members": [
                {
                    "@odata.type": "#microsoft.graph.aadUserConversationMember",
                    "roles": ["owner"],
                    "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{member['userId']}')",
                }
                for member in members
            ],
        }
        again = await contract.ask("anne", "POST", "/chats", body)
        assert again.json()["id"] == first
        contract.confirms("one-on-one")
        contract.finds("existing_chat_status", again.status_code)

    async def test_mention_and_picture(self, contract: Contract) -> None:
        chat, robin = await chat_of(contract, "anne", "robin"), await contract.call("robin", "GET", "/me", 200)
        user = {"id": robin["id"], "displayName": robin["displayName"], "userIdentityType": "aadUser"}
        picture = {"@microsoft.graph.temporaryId": "1", "contentBytes": PIXEL, "contentType": "image/png"}
        sent = await say(
            contract, "anne", chat, "",
            body={"contentType": "html", "content": '<at id="0">R</at><img src="../hostedContents/1/$value">'},
            mentions=[{"id": 0, "mentionText": "R", "mentioned": {"user": user}}],
            hostedContents=[picture],
        )  # fmt: skip
        assert sent["mentions"][0]["mentioned"]["user"]["id"] == robin["id"]
        here = f"/chats/{chat}/messages/{sent['id']}/hostedContents"
        (content,) = (await contract.call("robin", "GET", here, 200))["value"]
        assert content["contentBytes"] is None
        got = await contract.call("robin", "GET", f"{here}/{content['id']}/$value", 200)
        assert got == base64.b64decode(PIXEL)

    async def test_a_quote(self, contract: Contract) -> None:
        chat = await chat_of(contract, "anne", "robin")
        question = await say(contract, "anne", chat, "May I quote you?")
        body = {"messageIds": [question["id"]], "replyMessage": {"body": {"content": "Yes"}}}
        answer = await contract.call("robin", "POST", f"/chats/{chat}/messages/replyWithQuote", 201, body)
        (quoted,) = [item for item in answer["attachments"] if item["contentType"] == "messageReference"]
        assert json.loads(quoted["content"])["messageId"] == question["id"]

    async def test_somebody_elses_message(self, contract: Contract) -> None:
        chat = await chat_of(contract, "anne", "robin")
        sent = await say(contract, "anne", chat, "Mine")
        change = {"body": {"content": "Not mine"}}
        answer = await contract.ask("robin", "PATCH", f"/chats/{chat}/messages/{sent['id']}", change)
        contract.finds("others_messages", "403" if answer.status_code == 403 else "allowed")

    async def test_two_reactions_of_one_person(self, contract: Contract) -> None:
        chat = await chat_of(contract, "anne", "robin")
        sent = await say(contract, "anne", chat, "Choose")
        one = f"/chats/{chat}/messages/{sent['id']}"
        for reaction in ("👍", "😆"):
            await contract.call("robin", "POST", f"{one}/setReaction", 204, {"reactionType": reaction})
        reactions = (await contract.call("anne", "GET", one, 200))["reactions"]
        contract.finds("several_reactions_per_user", len(reactions) == 2)

    async def test_a_long_message(self, contract: Contract) -> None:
        chat = await chat_of(contract, "anne", "robin")
        text = {"body": {"content": "x" * (28 * 1024 + 100)}}
        answer = await contract.ask("anne", "POST", f"/chats/{chat}/messages", text)
        contract.finds("message_limit_bytes", 28 * 1024 if answer.status_code == 413 else "more")

    async def test_a_property_that_graph_does_not_know(self, contract: Contract) -> None:
        chat = await chat_of(contract, "anne", "robin")
        odd = {"body": {"content": "Hello"}, "colour": "green"}
        answer = await contract.ask("anne", "POST", f"/chats/{chat}/messages", odd)
        contract.finds("unknown_properties", "refused" if answer.status_code == 400 else "ignored")
