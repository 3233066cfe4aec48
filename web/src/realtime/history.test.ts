import { expect, it } from "vitest";
import { makeMessage, makeWorld } from "../testing/builders";
import { applyEvent } from "./apply-event";
import {
  withEarlierPage,
  withHistoryLoading,
  withLaterPage,
  withNewestPage,
  withPageAround,
  worldFrom,
} from "./history";

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

  const world = withEarlierPage(held, ID, 2, { messages: [first], earlier: null });

  expect(world.messages[ID]).toEqual([first, second]);
  expect(world.history?.[ID]?.earlier).toBeNull();
});

it("fetches messages again after a resync, and shows the old ones until then", () => {
  const message = makeMessage();
  const held = withNewestPage(makeWorld(), ID, { messages: [message], earlier: null });

  const { me, account, ...fresh } = makeWorld();
  const whole = { ...account, contact_policy: { domains: [], guests: true } };
  const world = worldFrom({ ...fresh, account: whole, me: { ...me, suspended: false } }, held);

  expect(world.messages[ID]).toEqual([message]);
  expect(world.history?.[ID]?.state).toBe("stale");
});

const page = (positions: number[], more: { earlier?: number; later?: number } = {}) => ({
  messages: positions.map((position) => makeMessage({ id: `m${String(position)}`, position })),
  earlier: null,
  later: null,
  ...more,
});
const shown = (world: ReturnType<typeof makeWorld>) => world.messages[ID]?.map((each) => each.position);

it("reads on from a message of long ago until nothing is missing, with all that came meanwhile", () => {
  const [eighth, ninth] = page([8, 9]).messages;
  if (!eighth || !ninth) throw new Error("unreachable");
  let world = withPageAround(withHistoryLoading(makeWorld(), ID), ID, page([3, 4], { earlier: 3, later: 4 }));
  world = applyEvent(world, { type: "message_changed", message: eighth });
  expect(shown(world)).toEqual([3, 4]);

  world = withEarlierPage(world, ID, 3, page([1, 2]));
  world = withLaterPage(world, ID, 4, page([5, 6], { later: 6 }));
  expect(shown(world)).toEqual([1, 2, 3, 4, 5, 6]);
  world = withLaterPage(world, ID, 6, page([7]));

  expect(shown(world)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(shown(applyEvent(world, { type: "message_changed", message: ninth }))?.at(-1)).toBe(9);
});

it("changes a message of long ago where it is shown", () => {
  const world = withPageAround(withHistoryLoading(makeWorld(), ID), ID, page([3, 4], { later: 4 }));
  const edited = makeMessage({ id: "m3", position: 3, revision: 99, text: "edited" });

  expect(applyEvent(world, { type: "message_changed", message: edited }).messages[ID]?.[0]?.text).toBe("edited");
});

it("drops a page that belongs to what is no longer shown, so that no gap is left", () => {
  const long = withPageAround(withHistoryLoading(makeWorld(), ID), ID, page([3, 4], { earlier: 3, later: 4 }));
  const newest = withNewestPage(long, ID, page([8, 9], { earlier: 8 }));

  expect(withLaterPage(newest, ID, 4, page([5, 6], { later: 6 }))).toBe(newest);
  expect(withEarlierPage(newest, ID, 3, page([1, 2]))).toBe(newest);
});

it("goes to the newest with what came while they were asked for", () => {
  const [ninth] = page([9]).messages;
  if (!ninth) throw new Error("unreachable");
  const long = withPageAround(withHistoryLoading(makeWorld(), ID), ID, page([3, 4], { later: 4 }));
  const meanwhile = applyEvent(long, { type: "message_changed", message: ninth });

  expect(shown(withNewestPage(meanwhile, ID, page([7, 8], { earlier: 7 })))).toEqual([7, 8, 9]);
});

it("takes no earlier page while all is read anew", () => {
  const held = withNewestPage(makeWorld(), ID, page([3, 4], { earlier: 3 }));
  const { me, account, ...fresh } = makeWorld();
  const whole = { ...account, contact_policy: { domains: [], guests: true } };
  const stale = worldFrom({ ...fresh, account: whole, me: { ...me, suspended: false } }, held);

  expect(withEarlierPage(stale, ID, 3, page([1, 2]))).toBe(stale);
});
