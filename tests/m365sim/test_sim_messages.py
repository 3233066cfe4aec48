"""Stories of chats and messages (facts.md 5 and 6)."""

import base64
import json

import pytest
from sim_tenant import Tenant


class TestCreateChat:
    async def test_a_one_on_one_chat_exists_once(self, tenant: Tenant) -> None:
        anne, robin = await tenant.person("anne"), await tenant.person("robin")
        first = await tenant.chat(anne, "anne", "robin")
        again = await tenant.chat(robin, "robin", "anne")
        assert first == again
        assert first.startswith("19:")
        assert first.endswith("@unq.gbl.spaces")

    async def test_group_chats_are_always_new(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        ids = {await tenant.chat(anne, "anne", "robin", "ben", topic="Invoices") for _ in range(2)}
        assert len(ids) == 2
        assert all(chat.endswith("@thread.v2") for chat in ids)

    @pytest.mark.parametrize(
        ("aliases", "changed", "sentence"),
        [
            (["robin", "ben"], {}, "caller must be one of the members"),
            (["anne"], {}, "Invalid number of members"),
            (["anne", "robin"], {"topic": "Two"}, "Topic can not be set"),
            (["anne", "robin"], {"chatType": "meeting"}, "Invalid chatType"),
            (["anne", "anne"], {}, "Duplicate chat members"),
        ],
    )
    async def test_nonsense_is_refused(
        self, tenant: Tenant, aliases: list[str], changed: dict[str, str], sentence: str
    ) -> None:
        anne = await tenant.person("anne")
        body = {"chatType": "oneOnOne", "members": [tenant.member(alias) for alias in aliases]} | changed
        answer = await anne.post("/chats", json=body)
        assert answer.status_code == 400
        assert sentence in answer.json()["error"]["message"]

    async def test_without_a_teams_license_chats_are_closed(self, tenant: Tenant) -> None:
        lee = await tenant.person("lee")
        answer = await lee.get("/me/chats")
        assert answer.status_code == 403
        error = answer.json()["error"]
        assert error["message"].startswith("Failed to get license information for the user.")
        assert error["innerError"]["code"] == "Forbidden"


class TestListChats:
    async def test_expands_members_and_the_last_message(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})
        (found,) = (await anne.get("/chats?$expand=members,lastMessagePreview")).json()["value"]
        assert {member["displayName"] for member in found["members"]} == {"Anne Baker", "Robin Hale"}
        assert found["lastMessagePreview"]["body"]["content"] == "Hello"
        assert base64.b64decode(found["members"][0]["id"]).decode().split("##")[0] == "0"

    async def test_pages_and_order(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        quiet = await tenant.chat(anne, "anne", "dana")
        for alias in ("robin", "ben"):
            chat = await tenant.chat(anne, "anne", alias)
            await anne.post(f"/chats/{chat}/messages", json={"body": {"content": alias}})
            await tenant.advance(seconds=5)
        first = (await anne.get("/me/chats?$top=2")).json()
        rest = (await anne.get(first["@odata.nextLink"])).json()
        assert len(first["value"]) + len(rest["value"]) == 3
        assert "@odata.nextLink" not in rest
        order = "$orderby=lastMessagePreview/createdDateTime desc"
        ordered = (await anne.get(f"/me/chats?{order}")).json()["value"]
        assert [chat["id"] for chat in ordered] == [chat, ordered[1]["id"]]
        assert quiet not in [item["id"] for item in ordered]

    async def test_ascending_order_is_refused(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        answer = await anne.get("/chats?$orderby=lastMessagePreview/createdDateTime asc")
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "Ascending direction is not supported."

    async def test_reading_is_the_callers_own(self, tenant: Tenant) -> None:
        anne, robin = await tenant.person("anne"), await tenant.person("robin")
        chat = await tenant.chat(anne, "anne", "robin")
        await robin.post(f"/chats/{chat}/messages", json={"body": {"content": "Read me"}})
        await tenant.advance(seconds=1)
        user = {"user": {"id": tenant.people["anne"], "tenantId": tenant.id}}
        assert (await anne.post(f"/chats/{chat}/markChatReadForUser", json=user)).status_code == 204
        mine = (await anne.get(f"/chats/{chat}")).json()["viewpoint"]
        theirs = (await robin.get(f"/chats/{chat}")).json()["viewpoint"]
        assert mine["lastMessageReadDateTime"] > theirs["lastMessageReadDateTime"]
        unread = await anne.post(f"/chats/{chat}/markChatUnreadForUser", json=user)
        assert unread.status_code == 204
        hidden = await anne.post(f"/chats/{chat}/hideForUser", json=user)
        assert hidden.status_code == 204
        assert (await anne.get(f"/chats/{chat}")).json()["viewpoint"]["isHidden"] is True


class TestSend:
    async def test_everybody_in_the_chat_can_read_it(self, tenant: Tenant) -> None:
        anne, robin = await tenant.person("anne"), await tenant.person("robin")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello Robin"}})).json()
        assert sent["from"]["user"]["displayName"] == "Anne Baker"
        assert sent["etag"] == sent["id"]
        read = (await robin.get(f"/users/{tenant.people['robin']}/chats/{chat}/messages/{sent['id']}")).json()
        assert read["body"] == {"contentType": "text", "content": "Hello Robin"}

    async def test_two_in_the_same_millisecond_have_two_ids(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        ids = [
            (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "x"}})).json()["id"] for _ in range(3)
        ]
        assert len(set(ids)) == 3
        assert ids == sorted(ids)

    async def test_strangers_are_kept_out(self, tenant: Tenant) -> None:
        anne, ben = await tenant.person("anne"), await tenant.person("ben")
        chat = await tenant.chat(anne, "anne", "robin")
        answer = await ben.get(f"/chats/{chat}/messages")
        assert answer.status_code == 403
        assert answer.json()["error"]["message"].startswith("AclCheckFailed-The initiator 8:orgid:")

    async def test_over_the_size_limit(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        fits = await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "x" * 28 * 1024}})
        too_big = await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "ä" * 15 * 1024}})
        assert (fits.status_code, too_big.status_code) == (201, 413)
        assert too_big.json()["error"]["code"] == "RequestEntityTooLarge"

    @pytest.mark.parametrize("body", [{}, {"body": {"content": " "}}, {"body": {"content": 5}}, "nonsense"])
    async def test_nothing_to_say(self, tenant: Tenant, body: object) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        answer = await anne.post(f"/chats/{chat}/messages", content=json.dumps(body))
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "BadRequest"

    async def test_mention_and_inline_image(self, tenant: Tenant) -> None:
        anne, robin = await tenant.person("anne"), await tenant.person("robin")
        chat = await tenant.chat(anne, "anne", "robin")
        picture = b"\x89PNG picture"
        user = {"id": tenant.people["robin"], "displayName": "Robin Hale", "userIdentityType": "aadUser"}
        answer = await anne.post(
            f"/chats/{chat}/messages",
            json={
                "body": {
                    "contentType": "html",
                    "content": '<p><at id="0">Robin</at><img src="../hostedContents/1/$value"></p>',
                },
                "mentions": [{"id": 0, "mentionText": "Robin", "mentioned": {"user": user}}],
                "hostedContents": [
                    {
                        "@microsoft.graph.temporaryId": "1",
                        "contentBytes": base64.b64encode(picture).decode(),
                        "contentType": "image/png",
                    }
                ],
            },
        )
        message = answer.json()
        assert message["mentions"][0]["mentioned"]["user"]["id"] == tenant.people["robin"]
        address = message["body"]["content"].split('src="')[1].split('"')[0]
        assert address.startswith("http://m365sim.test/v1.0/chats/")
        got = await robin.get(address)
        assert (got.content, got.headers["content-type"]) == (picture, "image/png")
        listed = (await robin.get(f"/chats/{chat}/messages/{message['id']}/hostedContents")).json()["value"]
        assert listed == [{"id": address.split("/")[-2], "contentBytes": None, "contentType": None}]

    async def test_file_names_must_agree(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        file = {
            "id": "7B2A5E0C",
            "contentType": "reference",
            "contentUrl": "https://contoso.sharepoint.com/a.docx",
            "name": "a.pdf",
        }
        body = {"contentType": "html", "content": '<attachment id="7B2A5E0C"></attachment>'}
        answer = await anne.post(f"/chats/{chat}/messages", json={"body": body, "attachments": [file]})
        assert answer.json()["error"]["message"] == "contentUrl extension and name extension do not match"
        file["name"] = "a.docx"
        answer = await anne.post(f"/chats/{chat}/messages", json={"body": body, "attachments": [file]})
        assert answer.status_code == 201

    async def test_a_file_of_ones_drive(self, tenant: Tenant) -> None:
        app = {"admin_scopes": ["Chat.ReadWrite", "Files.ReadWrite"]}
        await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", app)
        scopes = "Chat.ReadWrite Files.ReadWrite"
        anne, robin = await tenant.person("anne", scopes), await tenant.person("robin", scopes)
        chat = await tenant.chat(anne, "anne", "robin")
        kind = {"Content-Type": "application/pdf"}
        made = await anne.put("/me/drive/root:/Bills/May 2.pdf:/content", content=b"%PDF", headers=kind)
        item = made.json()
        assert (made.status_code, item["name"], item["size"]) == (201, "May 2.pdf", 4)
        guid = item["eTag"].strip('"{').split("}")[0]
        file = {"id": guid, "contentType": "reference", "contentUrl": item["webUrl"], "name": item["name"]}
        body = {"contentType": "html", "content": f'<attachment id="{guid}"></attachment>'}
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": body, "attachments": [file]})).json()
        address = sent["attachments"][0]["contentUrl"]
        share = "u!" + base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")
        assert (await robin.get(f"/shares/{share}/driveItem/content")).status_code == 403
        invited = {"recipients": [{"email": "robin@contoso.example"}], "roles": ["read"]}
        assert (await anne.post(f"/me/drive/items/{item['id']}/invite", json=invited)).status_code == 200
        assert (await robin.get(f"/shares/{share}/driveItem/content")).content == b"%PDF"
        again = await anne.put("/me/drive/root:/Bills/May 2.pdf:/content", content=b"%PDF2", headers=kind)
        assert (again.status_code, again.json()["id"]) == (200, item["id"])
        assert (await robin.get(f"/me/drive/items/{item['id']}")).status_code == 404

    async def test_reply_with_quote(self, tenant: Tenant) -> None:
        anne, robin = await tenant.person("anne"), await tenant.person("robin")
        chat = await tenant.chat(anne, "anne", "robin")
        said = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "When?"}})).json()
        answer = await robin.post(
            f"/chats/{chat}/messages/replyWithQuote",
            json={"messageIds": [said["id"]], "replyMessage": {"body": {"content": "Tuesday"}}},
        )
        reply = answer.json()
        assert answer.status_code == 201
        (quote,) = reply["attachments"]
        assert quote["contentType"] == "messageReference"
        assert json.loads(quote["content"])["messagePreview"] == "When?"
        assert f'<attachment id="{said["id"]}"></attachment>' in reply["body"]["content"]


class TestChange:
    async def test_edit_delete_undo(self, tenant: Tenant) -> None:
        anne, robin = await tenant.person("anne"), await tenant.person("robin")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Helo"}})).json()
        at = f"/chats/{chat}/messages/{sent['id']}"
        await tenant.advance(seconds=3)
        assert (await anne.patch(at, json={"body": {"content": "Hello"}})).status_code == 204
        edited = (await robin.get(at)).json()
        assert edited["body"]["content"] == "Hello"
        assert edited["lastEditedDateTime"] == edited["lastModifiedDateTime"] > sent["lastModifiedDateTime"]
        assert int(edited["etag"]) > int(sent["etag"])
        documented = f"/users/{tenant.people['anne']}{at}"
        assert (await anne.post(f"{documented}/softDelete")).status_code == 204
        gone = (await robin.get(at)).json()
        assert gone["deletedDateTime"] is not None
        assert gone["body"]["content"] == ""
        assert (await anne.post(f"{documented}/undoSoftDelete")).status_code == 204
        back = (await robin.get(at)).json()
        assert (back["deletedDateTime"], back["body"]["content"]) == (None, "Hello")

    @pytest.mark.parametrize("action", ["edit", "softDelete", "undoSoftDelete"])
    async def test_others_messages_are_theirs(self, tenant: Tenant, action: str) -> None:
        anne, robin = await tenant.person("anne"), await tenant.person("robin")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Mine"}})).json()
        at = f"/chats/{chat}/messages/{sent['id']}"
        if action == "edit":
            answer = await robin.patch(at, json={"body": {"content": "Yours"}})
        else:
            answer = await robin.post(f"{at}/{action}")
        assert answer.status_code == 403

    async def test_reactions(self, tenant: Tenant) -> None:
        anne, robin = await tenant.person("anne"), await tenant.person("robin")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Good news"}})).json()
        at = f"/chats/{chat}/messages/{sent['id']}"
        await tenant.advance(seconds=1)
        for _ in range(2):
            answer = await robin.post(f"{at}/setReaction", json={"reactionType": "👍"})
            assert answer.status_code == 204
        liked = (await anne.get(at)).json()
        (reaction,) = liked["reactions"]
        assert (reaction["reactionType"], reaction["displayName"]) == ("👍", "Like")
        assert reaction["user"]["user"]["id"] == tenant.people["robin"]
        assert liked["lastModifiedDateTime"] > sent["lastModifiedDateTime"]
        assert liked["lastEditedDateTime"] is None
        assert (await robin.post(f"{at}/unsetReaction", json={"reactionType": "👍"})).status_code == 204
        after = (await anne.get(at)).json()
        assert after["reactions"] == []
        assert [item["actions"] for item in after["messageHistory"]] == ["reactionAdded", "reactionRemoved"]


class TestListMessages:
    async def _said(self, tenant: Tenant) -> tuple[object, str, list[dict[str, str]]]:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        said = []
        for number in range(5):
            await tenant.advance(seconds=10)
            answer = await anne.post(f"/chats/{chat}/messages", json={"body": {"content": f"Message {number}"}})
            said.append(answer.json())
        return anne, chat, said

    async def test_newest_first_in_pages(self, tenant: Tenant) -> None:
        anne, chat, said = await self._said(tenant)
        address, found = f"/chats/{chat}/messages?$top=2", []
        while address:
            page = (await anne.get(address)).json()
            found += [item["id"] for item in page["value"]]
            address = page.get("@odata.nextLink")
        assert found == [item["id"] for item in reversed(said)]

    async def test_gap_since_a_moment(self, tenant: Tenant) -> None:
        anne, chat, said = await self._said(tenant)
        since = said[2]["lastModifiedDateTime"]
        options = f"$orderby=lastModifiedDateTime desc&$filter=lastModifiedDateTime gt {since}"
        found = (await anne.get(f"/chats/{chat}/messages?{options}")).json()["value"]
        assert [item["id"] for item in found] == [said[4]["id"], said[3]["id"]]
        await tenant.advance(seconds=1)
        await anne.post(f"/chats/{chat}/messages/{said[0]['id']}/softDelete")
        found = (await anne.get(f"/chats/{chat}/messages?{options}")).json()["value"]
        assert found[0]["id"] == said[0]["id"]

    async def test_the_filter_counts_only_with_the_same_order(self, tenant: Tenant) -> None:
        anne, chat, said = await self._said(tenant)
        options = f"$filter=lastModifiedDateTime gt {said[3]['lastModifiedDateTime']}"
        found = (await anne.get(f"/chats/{chat}/messages?{options}")).json()["value"]
        assert len(found) == len(said)

    @pytest.mark.parametrize(
        "options",
        ["$top=51", "$top=0", "$orderby=createdDateTime asc", "$orderby=subject desc", "$skiptoken=x", "$nonsense=1"],
    )
    async def test_bad_options(self, tenant: Tenant, options: str) -> None:
        anne, chat, _ = await self._said(tenant)
        answer = await anne.get(f"/chats/{chat}/messages?{options}")
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "BadRequest"

    async def test_all_chats_at_once_is_for_apps_only(self, tenant: Tenant) -> None:
        anne, _, said = await self._said(tenant)
        refused = await anne.get("/me/chats/getAllMessages")
        assert refused.status_code == 412
        assert refused.json()["error"]["message"] == "Requested API is not supported in delegated context"
        app = await tenant.app()
        everything = (await app.get(f"/users/{tenant.people['robin']}/chats/getAllMessages()")).json()
        assert [item["id"] for item in everything["value"]] == [item["id"] for item in said]


class TestGroups:
    async def test_system_events_tell_of_members_and_topic(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin", topic="Invoices")
        added = await anne.post(f"/chats/{chat}/members", json=tenant.member("ben"))
        assert added.status_code == 201
        assert added.content == b""
        assert added.headers["location"].startswith(f"/chats/{chat}/members/")
        renamed = await anne.patch(f"/chats/{chat}", json={"topic": "Bills"})
        assert renamed.json()["topic"] == "Bills"
        plain = (await anne.get(f"/chats/{chat}/messages")).json()["value"]
        assert {item["messageType"] for item in plain} == {"unknownFutureValue"}
        prefer = {"Prefer": "include-unknown-enum-members"}
        told = (await anne.get(f"/chats/{chat}/messages", headers=prefer)).json()["value"]
        assert {item["messageType"] for item in told} == {"systemEventMessage"}
        kinds = [item["eventDetail"]["@odata.type"].split(".")[-1] for item in reversed(told)]
        assert kinds == ["membersAddedEventMessageDetail"] * 2 + ["chatRenamedEventMessageDetail"]

    async def test_who_leaves_no_longer_reads(self, tenant: Tenant) -> None:
        anne, ben = await tenant.person("anne"), await tenant.person("ben")
        chat = await tenant.chat(anne, "anne", "robin", "ben", topic="Three")
        members = (await anne.get(f"/chats/{chat}/members")).json()["value"]
        (member,) = [item for item in members if item["userId"] == tenant.people["ben"]]
        assert (await ben.get(f"/chats/{chat}")).status_code == 200
        removed = await anne.delete(f"/chats/{chat}/members/{member['id']}")
        assert removed.status_code == 204
        assert (await ben.get(f"/chats/{chat}")).status_code == 403
