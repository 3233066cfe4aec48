import type { Schemas } from "../api/client";
import { mergeMessages, type History, type World } from "./apply-event";
import type { Message } from "./protocol";

type Page = Schemas["MessagePage"];
type Snapshot = Schemas["Snapshot"];

/** A fresh snapshot in place of the old world; messages stay on screen until they have been fetched again. */
export function worldFrom(snapshot: Snapshot, held?: World): World {
  const history = Object.entries(held?.history ?? {}).map(([id, each]): [string, History] => [
    id,
    { ...each, state: "stale" },
  ]);
  return {
    ...snapshot,
    messages: held?.messages ?? {},
    history: Object.fromEntries(history),
    snapshots: (held?.snapshots ?? 0) + 1,
    isOfTeams: snapshot.account.teams_chat_enabled,
  };
}

/** From here on events are kept for this conversation, so that none falls between asking and the answer. */
export function withHistoryLoading(world: World, id: string): World {
  const held = world.history?.[id] ?? { earlier: null, isFirst: true };
  return {
    ...world,
    messages: { ...world.messages, [id]: world.messages[id] ?? [] },
    history: { ...world.history, [id]: { ...held, state: "loading" } },
  };
}

/** The newest page in place of what was held, which stays only where it is newer than the page. */
export function withNewestPage(world: World, id: string, page: Page): World {
  const last = page.messages.at(-1)?.position ?? -1;
  const listed = new Set(page.messages.map((each) => each.id));
  const held = mergeMessages(world.messages[id] ?? [], world.history?.[id]?.tail ?? []);
  const newer = held.filter((each) => each.position > last || listed.has(each.id));
  return withPage(world, id, mergeMessages(page.messages, newer), page.earlier);
}

/** The page around a message in place of what was held, of which the end may be needed again when one gets there. */
export function withPageAround(world: World, id: string, page: Page): World {
  if (page.later == null) return withNewestPage(world, id, page);
  const held = world.messages[id] ?? [];
  const listed = new Set(page.messages.map((each) => each.id));
  const messages = mergeMessages(
    page.messages,
    held.filter((each) => listed.has(each.id)),
  );
  return withDetached(world, id, messages, page, []);
}

/** The page asked for `after` the end of what is held, and with the last one all that came meanwhile. What is held may
 * have become something else since it was asked for: joined to that, the page would leave a gap. */
export function withLaterPage(world: World, id: string, after: number, page: Page): World {
  const { state, earlier = null, later, tail = [] } = world.history?.[id] ?? {};
  if (state !== "ready" || later !== after) return world;
  const messages = mergeMessages(world.messages[id] ?? [], page.messages);
  if (page.later == null) return withPage(world, id, mergeMessages(messages, tail), earlier);
  return withDetached(world, id, messages, { earlier, later: page.later }, tail);
}

type Ends = Pick<Page, "earlier" | "later">;

function withDetached(world: World, id: string, messages: Message[], { earlier, later }: Ends, tail: Message[]): World {
  return {
    ...world,
    messages: { ...world.messages, [id]: messages },
    history: { ...world.history, [id]: { state: "ready", earlier, later: later ?? null, tail } },
  };
}

/** The page asked for `before` the beginning of what is held, unless that has become something else since. */
export function withEarlierPage(world: World, id: string, before: number, page: Page): World {
  const { state, earlier, later, tail = [] } = world.history?.[id] ?? {};
  if (state !== "ready" || earlier !== before) return world;
  const messages = mergeMessages(world.messages[id] ?? [], page.messages);
  if (later != null) return withDetached(world, id, messages, { earlier: page.earlier, later }, tail);
  return withPage(world, id, messages, page.earlier);
}

function withPage(world: World, id: string, messages: Message[], earlier: number | null): World {
  return {
    ...world,
    messages: { ...world.messages, [id]: messages },
    history: { ...world.history, [id]: { state: "ready", earlier } },
  };
}
