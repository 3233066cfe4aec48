"""One id leads from a browser's request through the log to the call to Graph, so that Microsoft's support finds it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from deskbridge.conversations.model import ConversationId
from deskbridge.conversations.sending import Sending
from deskbridge.conversations.writing import Written
from deskbridge.errors import DeskbridgeError
from support.pixel import PIXEL
from teams.office import Office
from teams.road import Road
from teams.test_images import address, shows

pytestmark = pytest.mark.parametrize("machines", ["one machine"], indirect=True)


def lines_of(logs: list[Any], request_id: str) -> set[str]:
    """The events that the log has of that request."""
    return {each["event"] for each in logs if each.get("request_id") == request_id}


async def test_what_is_asked_of_microsoft_meanwhile_has_the_browsers_id(office: Office, road: Road) -> None:
    await office.said_and_answered()
    picture = address(await shows(office, PIXEL))
    refused, shown = str(uuid.uuid4()), str(uuid.uuid4())
    road.plan("GET", "/hostedContents/", "404", body=json.dumps({"error": {"code": "NotFound"}}).encode())
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        for mine in (refused, shown):
            answer = await office.anne.http.get(picture, headers={"X-Request-ID": mine})
            assert answer.headers["x-request-id"] == mine
            method, path = road.request_ids[mine]
            assert (method, path.endswith("/$value")) == ("GET", True)
            office.clock.move(seconds=10)  # The agent's next turn at Graph.
    assert answer.content == PIXEL
    # The second time all went well, of which nobody wants to read.
    assert (lines_of(logs, refused), lines_of(logs, shown)) == ({"graph_trouble", "image_refused"}, set())


async def test_a_message_goes_to_microsoft_under_its_own_id(office: Office, road: Road) -> None:
    await office.connect()
    await office.chat_with("robin")
    sent = await office.write("Hello Robin")
    road.plan("POST", "/messages", "403", body=json.dumps({"error": {"code": "Forbidden"}}).encode())
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        await office.work()
    method, path = road.request_ids[sent]
    assert (method, path.endswith("/messages")) == ("POST", True)
    assert "graph_trouble" in lines_of(logs, sent)


async def test_what_is_stored_for_many_requests_together_is_logged_for_each(office: Office) -> None:
    forged = {"value": [{"subscriptionId": "x", "clientState": "made.up", "changeType": "created", "resource": "x"}]}
    mine = [str(uuid.uuid4()) for _ in range(8)]

    async def tell(request_id: str) -> None:
        address = "/api/v1/webhooks/graph/notifications"
        await office.anne.http.post(address, json=forged, headers={"X-Request-ID": request_id})

    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        await asyncio.gather(*(tell(each) for each in mine))
    told = [(each["request_id"], each["how_many"]) for each in logs if each["event"] == "wrong_client_state"]
    assert sorted(told) == sorted((each, 1) for each in mine)


@pytest.mark.troubles("message_not_stored")
async def test_a_message_that_cannot_be_stored_is_logged_as_its_own_request(office: Office) -> None:
    conversation = ConversationId(await office.chat_with("robin"))

    async def send(request_id: str, text: str) -> None:
        with structlog.contextvars.bound_contextvars(request_id=request_id), contextlib.suppress(DeskbridgeError):
            await office.desk.post.send(Sending(office.user, conversation, Written(str(uuid.uuid4()), text)))

    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        # Half a character, which no database takes, and no route lets through.
        await asyncio.gather(
            send("of the first", "Hello"), send("of the second", "\ud800"), send("of the third", "Bye")
        )
    assert [each["request_id"] for each in logs if each["event"] == "message_not_stored"] == ["of the second"]


async def test_what_is_no_id_gets_another(office: Office) -> None:
    forged = await office.anne.http.get("/api/v1/session", headers={"X-Request-ID": "x\\u0000 level=error"})
    assert str(uuid.UUID(forged.headers["x-request-id"])) == forged.headers["x-request-id"]
