"""Stories of reading and changing messages (facts.md 6.3 and 6.4)."""

import pytest
from sim_tenant import Tenant


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
