"""Microsoft's sample requests are accepted, and what its sample answers show can be had.

Everything that the samples have and this tenant has not is listed, here and in `sim_furnished`, with the reason.
"""

import pytest
import sim_examples
from sim_examples import Ids, names, sample
from sim_furnished import CHANNEL, MAIL, TOKEN, ask, lacking

pytestmark = pytest.mark.skipif(not sim_examples.FOLDER.exists(), reason="Microsoft's samples are not there.")

WRONG_SAMPLES = {
    "get-me-licensedetails.response.json": "shows assignedLicenses instead of licenseDetails",
}

#: Requests that no tenant with chats only can take, or that are no requests of this one, with the reason.
REFUSED: dict[str, str] = {
    "notification-basic.request.json": MAIL,
    "notification-lifecycle.request.json": MAIL,
    "post-subscriptions.request.json": MAIL,
    "notification-chatmessage.request.3.json": CHANNEL,
    "notification-chatmessage.request.4.json": CHANNEL,
    "notification-chatmessage.request.5.json": CHANNEL,
    "notification-chatmessage.request.6.json": CHANNEL,
    "notification-chatmessage.request.json": CHANNEL,
    "notification-with-resource-data.request.json": CHANNEL,
    "get-users.request.7.json": "misspells $orderby",
    "get-channel-messages-delta.request.2.json": TOKEN,
    "get-channel-messages-delta.request.3.json": TOKEN,
    "get-channel-messages-delta.request.4.json": TOKEN,
}
READS = [name for name in names() if ".request" in name and sample(name)["method"] == "GET"]
WRITES = [name for name in names() if ".request" in name and name not in READS]


async def test_reads(ids: Ids) -> None:
    """All in one tenant, as they change nothing."""
    wrong = {name: found for name in READS if (found := await what_is_wrong(ids, name))}
    assert wrong == {}


@pytest.mark.parametrize("name", WRITES)
async def test_writes(ids: Ids, name: str) -> None:
    assert await what_is_wrong(ids, name) == ""


async def what_is_wrong(ids: Ids, name: str) -> str:
    """Whether a request is accepted, and its answer has what the sample of it shows; empty when all is well."""
    answer = await ask(ids, name)
    if name in REFUSED:
        return "" if answer.status_code >= 400 else "It is accepted, so it need not be listed."
    if answer.status_code >= 400:
        return answer.text
    of_answer = name.replace(".request", ".response")
    if of_answer not in names() or of_answer in WRONG_SAMPLES:
        return ""
    shown = sample(of_answer)
    if answer.status_code != shown["status"]:
        return f"The status is {answer.status_code}."
    return ", ".join(lacking(of_answer, shown["body"], answer.json())) if shown.get("body") is not None else ""
