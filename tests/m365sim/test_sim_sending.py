"""Stories of sending: text, mentions, images, files, quotes (facts.md 6.2)."""

import base64
import json

import pytest
from sim_tenant import Tenant


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
        shared = await robin.get(f"/shares/{share}/driveItem/content", follow_redirects=True)
        assert (shared.content, shared.headers["content-type"]) == (b"%PDF", "application/pdf")
        stale = kind | {"If-Match": '"{OTHER},1"'}
        refused = await anne.put("/me/drive/root:/Bills/May 2.pdf:/content", content=b"%PDF2", headers=stale)
        assert (refused.status_code, refused.json()["error"]["code"]) == (412, "resourceModified")
        known = {"If-None-Match": item["eTag"]}
        assert (await anne.get(f"/me/drive/items/{item['id']}", headers=known)).status_code == 304
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
