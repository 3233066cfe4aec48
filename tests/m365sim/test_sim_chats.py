"""Stories of chats and their members (facts.md 5)."""

import base64

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
        again = (await anne.get(f"/chats/{chat}")).json()["viewpoint"]["lastMessageReadDateTime"]
        assert again < mine["lastMessageReadDateTime"]
        since = {"lastMessageReadDateTime": "2026-03-02T08:00:00Z"}
        await anne.post(f"/chats/{chat}/markChatUnreadForUser", json=user | since)
        assert (await anne.get(f"/chats/{chat}")).json()["viewpoint"][
            "lastMessageReadDateTime"
        ] == "2026-03-02T08:00:00Z"
        theirs = {"user": {"id": tenant.people["robin"], "tenantId": tenant.id}}
        assert (await anne.post(f"/chats/{chat}/markChatReadForUser", json=theirs)).status_code == 403
        hidden = await anne.post(f"/chats/{chat}/hideForUser", json=user)
        assert hidden.status_code == 204
        assert (await anne.get(f"/chats/{chat}")).json()["viewpoint"]["isHidden"] is True


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


class TestOtherTenants:
    OTHER = "99999999-aaaa-bbbb-cccc-dddddddddddd"

    async def _kim(self, tenant: Tenant, **fields: bool) -> dict[str, object]:
        body = {"upn": "kim@fabrikam.example", "display_name": "Kim", "home_tenant": self.OTHER} | fields
        kim = (await tenant.control("POST", "/users", body))["id"]
        return {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{kim}')",
            "tenantId": self.OTHER,
            "roles": ["owner"],
        }

    async def test_they_are_named_by_their_tenant(self, tenant: Tenant) -> None:
        anne, kim = await tenant.person("anne"), await self._kim(tenant)
        nobody = {"chatType": "oneOnOne", "members": [tenant.member("anne"), kim | {"tenantId": None}]}
        assert (await anne.post("/chats", json=nobody)).status_code == 404
        body = {"chatType": "oneOnOne", "members": [tenant.member("anne"), kim]}
        chat = (await anne.post("/chats", json=body)).json()["id"]
        members = (await anne.get(f"/chats/{chat}/members")).json()["value"]
        assert [item["tenantId"] for item in members if item["displayName"] == "Kim"] == [self.OTHER]
        said = await tenant.control("POST", f"/users/kim@fabrikam.example/chats/{chat}/messages", {"text": "Hello"})
        at = f"/chats/{chat}/messages/{said['message_id']}"
        await tenant.control("POST", f"/users/kim@fabrikam.example{at}/react", {"reaction": "👍"})
        message = (await anne.get(at)).json()
        sender = message["from"]["user"]
        assert (sender["userIdentityType"], sender["tenantId"]) == ("federatedUser", self.OTHER)
        assert message["reactions"][0]["user"]["user"]["userIdentityType"] == "federatedUser"

    async def test_a_tenant_that_wants_to_be_left_alone(self, tenant: Tenant) -> None:
        anne, kim = await tenant.person("anne"), await self._kim(tenant, chat_blocked=True)
        body = {"chatType": "oneOnOne", "members": [tenant.member("anne"), kim]}
        refused = await anne.post("/chats", json=body)
        assert (refused.status_code, refused.json()["error"]["message"].split("-")[0]) == (403, "AclCheckFailed")
        await tenant.control("PATCH", "/users/kim@fabrikam.example", {"chat_blocked": False})
        chat = (await anne.post("/chats", json=body)).json()["id"]
        await tenant.control("PATCH", "/users/kim@fabrikam.example", {"chat_blocked": True})
        assert (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "x"}})).status_code == 403


class TestWhoLooks:
    async def test_an_application_has_no_viewpoint(self, tenant: Tenant) -> None:
        anne, app = await tenant.person("anne"), await tenant.app()
        chat = await tenant.chat(anne, "anne", "robin")
        (listed,) = (await app.get(f"/users/{tenant.people['anne']}/chats")).json()["value"]
        assert (listed["id"], listed["viewpoint"]) == (chat, None)

    async def test_selecting_and_the_preview(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        sent = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})).json()
        assert (await anne.get(f"/chats/{chat}?$expand=lastMessagePreview")).json()["lastMessagePreview"] is None
        some = (await anne.get(f"/chats/{chat}/messages/{sent['id']}?$select=id,body")).json()
        assert some.keys() - {"@odata.context"} == {"id", "body"}
        (member, _) = (await anne.get(f"/chats/{chat}/members?$select=displayName")).json()["value"]
        assert {name for name in member if "@" not in name} == {"displayName"}
