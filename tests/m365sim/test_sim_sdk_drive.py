"""Microsoft's own Graph SDK, unmodified, against the simulator's OneDrive (facts.md 6.2)."""

import warnings

import pytest
from sim_sdk import Sdk

# The SDK warns of its own library's deprecations.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from msgraph import GraphServiceClient
    from msgraph.generated.drives.item.items.item.create_upload_session.create_upload_session_post_request_body import (
        CreateUploadSessionPostRequestBody,
    )
    from msgraph.generated.drives.item.items.item.invite.invite_post_request_body import InvitePostRequestBody
    from msgraph.generated.models.drive_item_uploadable_properties import DriveItemUploadableProperties
    from msgraph.generated.models.drive_recipient import DriveRecipient
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


async def with_files(sdk: Sdk) -> GraphServiceClient:
    """Anne's client, with consent to her files."""
    await sdk.tenant.control("PUT", f"/apps/{sdk.tenant.info['client_id']}", {"admin_scopes": ["Files.ReadWrite"]})
    return await sdk.as_person("anne", "Files.ReadWrite")


async def drive_of(graph: GraphServiceClient) -> str:
    drive = await graph.me.drive.get()
    assert drive is not None
    assert drive.drive_type == "business"
    assert drive.id is not None
    return drive.id


async def test_a_file_is_uploaded_read_shared_and_deleted(sdk: Sdk) -> None:
    anne = await with_files(sdk)
    items = anne.drives.by_drive_id(await drive_of(anne)).items

    made = await items.by_drive_item_id("root:/Bills/bill 1.txt:").content.put(b"12.50")
    read = await items.by_drive_item_id(made.id).get()
    content = await items.by_drive_item_id(made.id).content.get()

    assert (read.name, read.size, read.e_tag, content) == ("bill 1.txt", 5, made.e_tag, b"12.50")
    robin = sdk.tenant.people["robin"]
    body = InvitePostRequestBody(recipients=[DriveRecipient(object_id=robin)], roles=["read"], require_sign_in=True)
    granted = await items.by_drive_item_id(made.id).invite.post(body)
    assert granted.value[0].granted_to_v2.user.id == robin
    await items.by_drive_item_id(made.id).delete()
    with pytest.raises(ODataError) as gone:
        await items.by_drive_item_id(made.id).get()
    assert (gone.value.response_status_code, gone.value.error.code) == (404, "itemNotFound")


async def test_a_session_for_a_large_file_is_opened(sdk: Sdk) -> None:
    anne = await with_files(sdk)
    items = anne.drives.by_drive_id(await drive_of(anne)).items
    properties = DriveItemUploadableProperties(additional_data={"@microsoft.graph.conflictBehavior": "rename"})

    session = await items.by_drive_item_id("root:/large.bin:").create_upload_session.post(
        CreateUploadSessionPostRequestBody(item=properties)
    )

    # The SDK's own task for the pieces does not understand ranges without an end, as Microsoft documents them.
    assert session.next_expected_ranges == ["0-"]
    assert session.expiration_date_time is not None
    assert "tempauth=" in session.upload_url
