"""A browser's copy of the workspace: a snapshot, kept up to date by events alone."""

from __future__ import annotations

from typing import Any

from support.agents import Agent, Feed
from support.apply import World, apply


async def fetched(agent: Agent, conversation_ids: list[str] | None = None) -> World:
    """A fresh snapshot, with the messages of those conversations, or of all."""
    snapshot = await agent.snapshot()
    ids = [each["id"] for each in snapshot["conversations"]] if conversation_ids is None else conversation_ids
    return snapshot | {"messages": {each: await agent.messages(each) for each in ids}}


async def caught_up(agent: Agent, world: World) -> World:
    """Connect with the world's version, and apply everything up to the welcome."""
    async with agent.live(world["version"]) as feed:
        await feed.until(lambda frame: frame["type"] in {"welcome", "resync"})
        switched = any(_switches(world, frame) for frame in feed.seen)
        world = follow(world, feed)
    # With Teams chat every conversation looks different: browsers then fetch all again.
    return await fetched(agent, list(world["messages"])) if switched else world


def _switches(world: World, frame: Any) -> bool:
    """Whether Teams chat is switched, possibly back to what it was."""
    return frame["type"] == "event" and "account" in frame["event"]


def follow(world: World, feed: Feed) -> World:
    """Apply what has been heard, once."""
    for frame in feed.seen:
        assert frame["type"] != "resync"
        if frame["type"] == "event":
            world = apply(world, frame["event"]) | {"version": frame["version"]}
    feed.seen.clear()
    return world


def comparable(world: World) -> dict[str, Any]:
    """Without the order of the chats, which the browser makes itself from the last messages."""
    return world | {"conversations": sorted(world["conversations"], key=lambda each: each["id"])}
