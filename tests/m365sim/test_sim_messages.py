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


class TestExport:
    """Everything that somebody can read, for applications."""

    async def test_everything_once_and_then_what_changed(self, tenant: Tenant) -> None:
        anne, app = await tenant.person("anne"), await tenant.app()
        chats = [await tenant.chat(anne, "anne", alias) for alias in ("robin", "ben")]
        sent = [
            (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})).json()
            for chat in chats * 2
        ]
        at = f"/users/{tenant.people['anne']}/chats/getAllMessages/delta"
        found, address = [], f"{at}?$top=3"
        while "$deltatoken" not in address:
            page = (await app.get(address)).json()
            found += [(item["chatId"], item["id"]) for item in page["value"]]
            address = page.get("@odata.nextLink") or page["@odata.deltaLink"]
        assert sorted(found) == sorted((item["chatId"], item["id"]) for item in sent)
        await anne.patch(f"/chats/{chats[0]}/messages/{sent[0]['id']}", json={"body": {"content": "Edited"}})
        new = (await anne.post(f"/chats/{chats[1]}/messages", json={"body": {"content": "New"}})).json()
        changed = (await app.get(address)).json()
        assert {item["body"]["content"] for item in changed["value"]} == {"Edited", "New"}
        assert (await app.get(changed["@odata.deltaLink"])).json()["value"] == []
        assert new["id"] in {item["id"] for item in changed["value"]}

    async def test_pages_and_a_span_of_time(self, tenant: Tenant) -> None:
        anne, app = await tenant.person("anne"), await tenant.app()
        chat = await tenant.chat(anne, "anne", "robin")
        said = []
        for text in "abc":
            await tenant.advance(minutes=1)
            said.append((await anne.post(f"/chats/{chat}/messages", json={"body": {"content": text}})).json())
        at = f"/users/{tenant.people['anne']}/chats/getAllMessages"
        first = (await app.get(f"{at}?$top=2")).json()
        rest = (await app.get(first["@odata.nextLink"])).json()
        assert [item["body"]["content"] for item in first["value"] + rest["value"]] == ["a", "b", "c"]
        start, end = said[0]["createdDateTime"], said[2]["createdDateTime"]
        span = f"lastModifiedDateTime gt {start} and lastModifiedDateTime lt {end}"
        found = (await app.get(f"{at}?$filter={span}")).json()["value"]
        assert [item["body"]["content"] for item in found] == ["b"]
        await tenant.advance(days=250)
        assert (await (await tenant.app()).get(at)).json()["value"] == []

    @pytest.mark.parametrize("options", ["$deltatoken=x", "$filter=subject eq 'x'", "$top=51"])
    async def test_bad_options(self, tenant: Tenant, options: str) -> None:
        at = f"/users/{tenant.people['anne']}/chats/getAllMessages/delta?{options}"
        assert (await (await tenant.app()).get(at)).status_code == 400

    async def test_a_person_cannot(self, tenant: Tenant) -> None:
        answer = await (await tenant.person("anne")).get("/me/chats/getAllMessages/delta")
        assert answer.status_code == 412


class TestPreconditions:
    @pytest.mark.parametrize("etag", ["{}", '"{}"', 'W/"{}"', "*"])
    async def test_what_the_caller_knows_is_true(self, tenant: Tenant, etag: str) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})).json()
        known = {"If-Match": etag.format(sent["etag"])}
        at = f"/chats/{chat}/messages/{sent['id']}"
        assert (await anne.patch(at, json={"body": {"content": "Hi"}}, headers=known)).status_code == 204

    @pytest.mark.parametrize("action", ["edit", "softDelete", "undoSoftDelete"])
    async def test_somebody_was_quicker(self, tenant: Tenant, action: str) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})).json()
        at, known = f"/chats/{chat}/messages/{sent['id']}", {"If-Match": sent["etag"]}
        await anne.patch(at, json={"body": {"content": "Hi"}})
        if action == "edit":
            refused = await anne.patch(at, json={"body": {"content": "Hey"}}, headers=known)
        else:
            refused = await anne.post(f"{at}/{action}", headers=known)
        assert (refused.status_code, refused.json()["error"]["code"]) == (412, "PreconditionFailed")
        assert (await anne.get(at)).json()["body"]["content"] == "Hi"


class TestPolicy:
    async def test_only_an_app_marks_violations_and_nothing_else(self, tenant: Tenant) -> None:
        roles = ["Chat.Read.All", "Chat.UpdatePolicyViolation.All"]
        await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", {"app_roles": roles})
        anne, app = await tenant.person("anne"), await tenant.app()
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "4111 1111"}})).json()
        at = f"/chats/{chat}/messages/{sent['id']}"
        violation = {
            "policyViolation": {
                "policyTip": {"generalText": "Blocked.", "complianceUrl": "https://contoso.example/dlp"},
                "dlpAction": "BlockAccess",
            }
        }
        assert (await anne.patch(at, json=violation)).status_code == 403
        assert (await app.patch(at, json={"body": {"content": "x"}})).status_code == 403
        assert (await app.patch(at, json=violation)).status_code == 200
        shown = (await anne.get(at)).json()["policyViolation"]
        assert (shown["dlpAction"], shown["policyTip"]["generalText"]) == ("blockAccess", "Blocked.")
