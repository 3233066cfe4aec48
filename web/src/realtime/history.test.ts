import { expect, it } from "vitest";
import { makeMessage, makeWorld } from "../testing/builders";
import { applyEvent } from "./apply-event";
import { withEarlierPage, withHistoryLoading, withNewestPage, worldFrom } from "./history";

const ID = "conversation-1";

it("keeps what arrived between asking for a page and its answer", () => {
  const [old, listed, arrived] = [1, 2, 3].map((position) => makeMessage({ position }));
  if (!old || !listed || !arrived) throw new Error("unreachable");
  const asking = withHistoryLoading(makeWorld(), ID);
  const meanwhile = applyEvent(asking, { type: "message_changed", message: arrived });

  const world = withNewestPage(meanwhile, ID, { messages: [old, listed], earlier: null });

  expect(world.messages[ID]).toEqual([old, listed, arrived]);
  expect(world.history?.[ID]).toEqual({ state: "ready", earlier: null });
});

it("keeps the newer version of a message that the page has too", () => {
  const old = makeMessage({ revision: 1 });
  const edited = { ...old, revision: 2, text: "edited" };
  const asking = withHistoryLoading(makeWorld(), ID);
  const meanwhile = applyEvent(asking, { type: "message_changed", message: edited });

  expect(withNewestPage(meanwhile, ID, { messages: [old], earlier: null }).messages[ID]).toEqual([edited]);
});

it("puts earlier messages before those held", () => {
  const [first, second] = [makeMessage({ position: 1 }), makeMessage({ position: 2 })];
  const held = withNewestPage(makeWorld(), ID, { messages: [second], earlier: 2 });

  const world = withEarlierPage(held, ID, { messages: [first], earlier: null });

  expect(world.messages[ID]).toEqual([first, second]);
  expect(world.history?.[ID]?.earlier).toBeNull();
});

it("fetches messages again after a resync, and shows the old ones until then", () => {
  const message = makeMessage();
  const held = withNewestPage(makeWorld(), ID, { messages: [message], earlier: null });

  const world = worldFrom({ ...makeWorld(), me: { ...makeWorld().me, suspended: false } }, held);

  expect(world.messages[ID]).toEqual([message]);
  expect(world.history?.[ID]?.state).toBe("stale");
});
