"""Microsoft's own Graph SDK, unmodified, against the simulator: every operation that it has."""

import warnings
from datetime import datetime, timedelta

import pytest
from sim_sdk import Sdk, make_chat, member, message

# The SDK takes seconds to import, and warns of its own library's deprecations while it does so.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from msgraph.generated.chats.item.messages.messages_request_builder import MessagesRequestBuilder
    from msgraph.generated.models.body_type import BodyType
    from msgraph.generated.models.chat import Chat
    from msgraph.generated.models.chat_message import ChatMessage
    from msgraph.generated.models.item_body import ItemBody
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.models.subscription import Subscription
    from msgraph_core import PageIterator

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class TestDirectory:
    async def test_me_and_license(self, sdk: Sdk) -> None:
        graph = await sdk.as_person("anne")
        assert (await graph.me.get()).display_name == "Anne Baker"
        details = await graph.me.license_details.get()
        assert details.value[0].service_plans[0].service_plan_name == "TEAMS1"
        licensing = await graph.me.license_details.get_teams_licensing_details.get()
        assert licensing.has_teams_license is True

    async def test_users_and_paging(self, sdk: Sdk) -> None:
        from msgraph.generated.users.users_request_builder import UsersRequestBuilder

        graph = await sdk.as_app()
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(top=2, select=["id", "displayName"])
        page = await graph.users.get(RequestConfiguration(query_parameters=query))
        names = [user.display_name for user in page.value]
        while page.odata_next_link:
            page = await graph.users.with_url(page.odata_next_link).get()
            names += [user.display_name for user in page.value]
        assert len(names) == 5
        one = await graph.users.by_user_id(sdk.tenant.people["robin"]).get()
        assert one.user_principal_name == "robin@contoso.example"

    async def test_page_iterator(self, sdk: Sdk) -> None:
        from msgraph.generated.users.users_request_builder import UsersRequestBuilder

        graph = await sdk.as_app()
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(top=2)
        page = await graph.users.get(RequestConfiguration(query_parameters=query))
        names: list[str] = []
        await PageIterator(page, graph.request_adapter).iterate(lambda user: names.append(user.display_name) is None)
        assert sorted(names) == ["Anne Baker", "Ben Okafor", "Dana Ortiz", "Lee Chen", "Robin Hale"]

    async def test_members_of_a_group_and_of_the_groups_within_it(self, sdk: Sdk) -> None:
        from msgraph.generated.groups.item.transitive_members.graph_user.graph_user_request_builder import (
            GraphUserRequestBuilder,
        )

        made = await sdk.tenant.control("PUT", "/groups/Inner", {"members": ["ben@contoso.example"]})
        outer = {"members": ["anne@contoso.example", "ben@contoso.example"], "groups": ["Inner"]}
        made = await sdk.tenant.control("PUT", "/groups/Outer", outer)
        members = (await sdk.as_app()).groups.by_group_id(made["id"]).transitive_members.graph_user
        query = GraphUserRequestBuilder.GraphUserRequestBuilderGetQueryParameters(top=1, count=True)
        asked = RequestConfiguration(query_parameters=query)
        asked.headers.add("ConsistencyLevel", "eventual")
        page = await members.get(asked)
        assert page.odata_count == 2
        rest = await members.with_url(page.odata_next_link).get(asked)
        assert [each.display_name for each in (*page.value, *rest.value)] == ["Anne Baker", "Ben Okafor"]
        with pytest.raises(ODataError):
            await members.get()

    async def test_delta(self, sdk: Sdk) -> None:
        graph = await sdk.as_app()
        page = await graph.users.delta.get()
        assert len(page.value) == 5
        await sdk.tenant.control("DELETE", "/users/ben@contoso.example")
        changes = await graph.users.delta.with_url(page.odata_delta_link).get()
        (gone,) = changes.value
        assert gone.additional_data["@removed"]["reason"] == "changed"


class TestChats:
    async def test_a_conversation(self, sdk: Sdk) -> None:
        tenant = sdk.tenant
        anne, robin = await sdk.as_person("anne"), await sdk.as_person("robin")
        chat_id = await make_chat(tenant, anne, "anne", "robin")
        sent = await anne.chats.by_chat_id(chat_id).messages.post(message("Hello"))
        assert sent.from_.user.display_name == "Anne Baker"
        one = robin.chats.by_chat_id(chat_id).messages.by_chat_message_id(sent.id)
        from msgraph.generated.chats.item.messages.item.set_reaction import set_reaction_post_request_body as body

        await one.set_reaction.post(body.SetReactionPostRequestBody(reaction_type="👍"))
        own = anne.chats.by_chat_id(chat_id).messages.by_chat_message_id(sent.id)
        await own.patch(message("Hello, Robin"))
        read = await one.get()
        assert (read.body.content, read.reactions[0].reaction_type) == ("Hello, Robin", "👍")
        assert isinstance(read.last_edited_date_time, datetime)
        mine = anne.users.by_user_id(tenant.people["anne"]).chats.by_chat_id(chat_id)
        await mine.messages.by_chat_message_id(sent.id).soft_delete.post()
        assert (await one.get()).deleted_date_time is not None
        await mine.messages.by_chat_message_id(sent.id).undo_soft_delete.post()
        assert (await one.get()).deleted_date_time is None

    async def test_lists_and_the_gap(self, sdk: Sdk) -> None:
        anne = await sdk.as_person("anne")
        chat_id = await make_chat(sdk.tenant, anne, "anne", "robin")
        for number in range(3):
            await anne.chats.by_chat_id(chat_id).messages.post(message(f"Message {number}"))
            await sdk.tenant.advance(seconds=1)
        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            top=2,
            orderby=["lastModifiedDateTime desc"],
            filter="lastModifiedDateTime gt 2026-03-02T09:00:00Z",
        )
        page = await anne.chats.by_chat_id(chat_id).messages.get(RequestConfiguration(query_parameters=query))
        assert [item.body.content for item in page.value] == ["Message 2", "Message 1"]
        chats = await anne.me.chats.get()
        assert [chat.id for chat in chats.value] == [chat_id]
        members = await anne.chats.by_chat_id(chat_id).members.get()
        assert {item.display_name for item in members.value} == {"Anne Baker", "Robin Hale"}

    async def test_group_members(self, sdk: Sdk) -> None:
        anne = await sdk.as_person("anne")
        chat_id = await make_chat(sdk.tenant, anne, "anne", "robin", "ben")
        await anne.chats.by_chat_id(chat_id).members.post(member(sdk.tenant, "dana"))
        await anne.chats.by_chat_id(chat_id).patch(Chat(topic="Bills"))
        chat = await anne.chats.by_chat_id(chat_id).get()
        assert chat.topic == "Bills"
        events = await anne.chats.by_chat_id(chat_id).messages.get()
        kinds = {type(item.event_detail).__name__ for item in events.value}
        assert kinds == {"MembersAddedEventMessageDetail", "ChatRenamedEventMessageDetail"}

    async def test_errors_are_odata_errors(self, sdk: Sdk) -> None:
        lee = await sdk.as_person("lee")
        with pytest.raises(ODataError) as raised:
            await lee.me.chats.get()
        assert raised.value.response_status_code == 403
        assert raised.value.error.code == "Forbidden"
        assert raised.value.error.inner_error.request_id


class TestPresenceAndSubscriptions:
    async def test_presence(self, sdk: Sdk) -> None:
        from msgraph.generated.communications.get_presences_by_user_id import (
            get_presences_by_user_id_post_request_body as body,
        )

        anne = await sdk.as_person("anne")
        assert (await anne.me.presence.get()).availability == "Available"
        ids = body.GetPresencesByUserIdPostRequestBody(ids=[sdk.tenant.people["robin"]])
        found = await anne.communications.get_presences_by_user_id.post(ids)
        assert found.value[0].activity == "InACall"

    async def test_set_presence(self, sdk: Sdk) -> None:
        from msgraph.generated.users.item.presence.set_presence import set_presence_post_request_body as body

        anne = await sdk.as_person("anne")
        wish = body.SetPresencePostRequestBody(
            session_id=sdk.tenant.info["client_id"], availability="Busy", activity="InACall",
            expiration_duration=timedelta(hours=1),
        )  # fmt: skip
        await anne.users.by_user_id(sdk.tenant.people["anne"]).presence.set_presence.post(wish)
        assert (await anne.me.presence.get()).activity == "InACall"

    async def test_the_life_of_a_subscription(self, sdk: Sdk) -> None:
        anne = await sdk.as_person("anne")
        made = await anne.subscriptions.post(
            Subscription(
                change_type="created,updated,deleted",
                notification_url="https://hook.example/notify",
                lifecycle_notification_url="https://hook.example/lifecycle",
                resource="/me/chats/getAllMessages",
                expiration_date_time=datetime.fromisoformat(sdk.tenant.after(hours=2)),
                client_state="s",
                include_resource_data=True,
                encryption_certificate=sdk.tenant.webhook.certificate_text,
                encryption_certificate_id="c",
            )
        )
        one = anne.subscriptions.by_subscription_id(made.id)
        later = datetime.fromisoformat(sdk.tenant.after(hours=20))
        renewed = await one.patch(Subscription(expiration_date_time=later))
        assert renewed.expiration_date_time == later
        await one.reauthorize.post()
        assert len((await anne.subscriptions.get()).value) == 1
        await one.delete()
        with pytest.raises(ODataError):
            await one.get()

    async def test_batch(self, sdk: Sdk) -> None:
        pytest.importorskip("deprecated", reason="The SDK's batch module needs a package that it does not require.")
        from msgraph_core.requests.batch_request_content import BatchRequestContent
        from msgraph_core.requests.batch_request_item import BatchRequestItem

        anne = await sdk.as_person("anne")
        info = anne.me.to_get_request_information()
        presence = anne.me.presence.to_get_request_information()
        items = [BatchRequestItem(info, id="1"), BatchRequestItem(presence, id="2")]
        content = BatchRequestContent({item.id: item for item in items})
        answers = await anne.batch.post(content)
        assert {number: answers.responses[number].status for number in "12"} == {"1": 200, "2": 200}

    async def test_an_inline_image(self, sdk: Sdk) -> None:
        from msgraph.generated.models.chat_message_hosted_content import ChatMessageHostedContent

        anne = await sdk.as_person("anne")
        chat_id = await make_chat(sdk.tenant, anne, "anne", "robin")
        picture = ChatMessageHostedContent(content_bytes=b"png", content_type="image/png")
        picture.additional_data["@microsoft.graph.temporaryId"] = "1"
        html = ItemBody(content='<img src="../hostedContents/1/$value">', content_type=BodyType.Html)
        messages = anne.chats.by_chat_id(chat_id).messages
        sent = await messages.post(ChatMessage(body=html, hosted_contents=[picture]))
        one = messages.by_chat_message_id(sent.id)
        (content,) = (await one.hosted_contents.get()).value
        assert await one.hosted_contents.by_chat_message_hosted_content_id(content.id).content.get() == b"png"
