import { useMemo, useSyncExternalStore } from "react";
import type { Drawer } from "../../drawer/drawer";
import { useDrawer } from "../../drawer/drawer-context";
import { countNotGiven } from "./attached";

/** What would wait for its writer after logging out. */
export interface Unfinished {
  /** Messages that are not at the server yet. */
  unsent: number;
  /** Chats in which something is being written, or attached. */
  drafts: number;
  /** Files that are not at the server yet, and in no storage. */
  uploads: number;
  /** Whether the browser has it also when this page is closed. */
  isLasting: boolean;
}

export function useUnfinished(): Unfinished {
  const drawer = useDrawer();
  // One text for all of it: the same is not shown anew.
  const told = useSyncExternalStore(drawer.subscribe, () => JSON.stringify(unfinishedIn(drawer)));
  return useMemo(() => JSON.parse(told) as Unfinished, [told]);
}

/** Whether anything would. */
export function isUnfinished(drawer: Drawer): boolean {
  const { unsent, drafts, uploads } = unfinishedIn(drawer);
  return unsent + drafts + uploads > 0;
}

function unfinishedIn(drawer: Drawer): Unfinished {
  const chats = new Set([...drawer.all("draft"), ...drawer.all("attached")].map(([conversationId]) => conversationId));
  return {
    unsent: drawer.all("outbox").length,
    drafts: chats.size,
    uploads: countNotGiven(drawer),
    isLasting: drawer.isLasting(),
  };
}
