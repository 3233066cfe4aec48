"""What an agent sees of people's presence: a workspace with people on screen, live."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from support.agents import Agent, Feed
from teams.office import Office


class Screen:
    """Names on screen; nothing happens by itself: `settle()` does all that is due."""

    def __init__(self, office: Office, feed: Feed) -> None:
        self.office = office
        self.feed = feed
        self.names: dict[str, str] = {}
        self.shown: dict[str, Any] = {}

    async def look_at(self, *names: str) -> None:
        """These people are on screen now, instead of those before; until everything has been done about it."""
        people = [await self.office.anne.find(name) for name in names]
        self.names = {identity["id"]: identity["display_name"] for each in people for identity in each["identities"]}
        await self.feed.say({"type": "watch", "person_ids": [each["id"] for each in people]})
        self._show(await self.feed.until(lambda frame: frame["type"] == "presence"))
        await settle(self.office)

    async def until(self, name: str, availability: str, **more: Any) -> Any:
        """The presence of that person, as soon as the screen shows it so."""
        wanted = {"availability": availability, **more}
        while not wanted.items() <= self.shown.get(name, {}).items():
            self._show(await self.feed.until(lambda frame: frame["type"] == "presence"))
        return self.shown[name]

    def _show(self, frame: Any) -> None:
        for each in frame["presences"]:
            if each["identity_id"] in self.names:
                self.shown[self.names[each["identity_id"]]] = each["presence"]


@contextlib.asynccontextmanager
async def screen_of(office: Office, agent: Agent | None = None) -> AsyncIterator[Screen]:
    """Open the workspace."""
    async with (agent or office.anne).live() as feed:
        yield Screen(office, feed)


async def settle(office: Office) -> None:
    """Everything that is due about presence, here and at Microsoft."""
    desk = office.desk
    for _ in range(2):
        await desk.attendance.keep(desk.hub.watched, desk.hub.users)
        desk.connector.presence.wake(office.account.id)
        await desk.connector.presence.settle()
        await office.sim.settle()
        await desk.connector.pushed.settle()


async def pass_time(office: Office, seconds: float) -> None:
    """Time goes by, here and at Microsoft."""
    office.clock.move(seconds=seconds)
    await office.sim.post("/clock/advance", {"seconds": seconds})
    office.desk.board.forget_lapsed()
    await settle(office)


async def set_in_teams(office: Office, who: str, availability: str, activity: str | None = None) -> None:
    """Somebody's presence changes in Teams; until it has been told and applied."""
    body = {"availability": availability, "activity": activity or availability}
    await office.sim.post(f"/users/{who}/presence", body)
    await office.sim.settle()
    await office.desk.connector.pushed.settle()


async def presence_subscriptions(office: Office) -> list[Any]:
    """Those at Microsoft."""
    found = (await office.sim.get("/subscriptions"))["value"]
    return [each for each in found if "presences" in each["resource"]]
