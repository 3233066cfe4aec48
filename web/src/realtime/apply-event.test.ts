import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeConversation, makeMessage, makeWorld } from "../testing/builders";
import { applyEvent, mergeMessages, type World } from "./apply-event";
import type { FeedEvent } from "./protocol";

interface Golden {
  name: string;
  before: World;
  event: FeedEvent;
  after: World;
}

/** The same cases that the Python tests hold the server to: see README.md beside this file. */
function goldens(): Golden[] {
  const folder = join(process.cwd(), "../tests/protocol");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Golden);
}

/** The server's order of conversations follows their last message; ours does when shown, so here it counts not. */
function inOrder(world: World): World {
  return { ...world, conversations: [...world.conversations].sort((a, b) => a.id.localeCompare(b.id)) };
}

describe("golden triples", () => {
  it.each(goldens())("$name", ({ before, event, after }) => {
    const applied = applyEvent(before, event);

    expect(inOrder({ ...applied, version: after.version })).toEqual(inOrder(after));
    expect(applyEvent(applied, event)).toEqual(applied);
  });
});

describe("applyEvent", () => {
  it("keeps the higher revision of a message, whatever the order", () => {
    const old = makeMessage({ id: "m", text: "old", revision: 1 });
    const edited = { ...old, text: "new", revision: 2 };
    const world = makeWorld({ messages: { "conversation-1": [edited] } });

    expect(applyEvent(world, { type: "message_changed", message: old }).messages["conversation-1"]).toEqual([edited]);
  });

  it("puts a late message at its position", () => {
    const [first, second, third] = [1, 2, 3].map((position) => makeMessage({ position }));
    if (!first || !second || !third) throw new Error("unreachable");

    expect(mergeMessages([first, third], [second])).toEqual([first, second, third]);
  });

  it("shows an edit of the last message in the chats list", () => {
    const last = makeMessage({ id: "m", revision: 1 });
    const world = makeWorld({ conversations: [makeConversation({ last_message: last })] });
    const edited = { ...last, revision: 2, text: "edited" };

    const after = applyEvent(world, { type: "message_changed", message: edited });

    expect(after.conversations[0]?.last_message?.text).toBe("edited");
  });

  it("leaves out a message from before the loaded part, which would hide a gap", () => {
    const loaded = makeMessage({ position: 100 });
    const world = makeWorld({
      messages: { "conversation-1": [loaded] },
      history: { "conversation-1": { state: "ready", earlier: 100 } },
    });

    const after = applyEvent(world, { type: "message_changed", message: makeMessage({ position: 5 }) });

    expect(after.messages["conversation-1"]).toEqual([loaded]);
  });

  it("keeps a conversation that is newer than the event", () => {
    const newer = makeConversation({ revision: 5, unread: 0 });
    const world = makeWorld({ conversations: [newer] });

    const after = applyEvent(world, {
      type: "conversation_changed",
      conversation: makeConversation({ revision: 4, unread: 2 }),
    });

    expect(after.conversations).toEqual([newer]);
  });
});
