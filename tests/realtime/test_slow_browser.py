"""What a browser is told that does not keep up: of presence only the newest, as older ones are worthless."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from deskbridge.accounts.model import AccountId, Role, Status, User, UserId
from deskbridge.directory.model import IdentityId
from deskbridge.realtime.hub import Client

ROBIN, BEN = IdentityId("robin"), IdentityId("ben")


def make_client() -> Client:
    return Client(
        User(
            id=UserId("anne"),
            account_id=AccountId("contoso"),
            username="anne",
            display_name="Anne",
            email="anne@contoso.example",
            role=Role.AGENT,
            licenses=[],
            status=Status.AVAILABLE,
            status_since=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )


def test_a_slow_browser_gets_the_newest_presence_of_each_in_one_frame() -> None:
    client = make_client()
    client.put("first")
    client.put_presences({ROBIN: '"busy"', BEN: '"away"'})
    client.put("second")
    client.put_presences({ROBIN: '"available"'})

    told = client.take(10)

    assert (told[0], told[2]) == ("first", "second")
    assert json.loads(told[1]) == {"type": "presence", "presences": ["available", "away"]}
    client.put_presences({BEN: '"busy"'})
    assert [json.loads(each)["presences"] for each in client.take(10)] == [["busy"]]
    assert client.take(10) == []
