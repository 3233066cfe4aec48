import { useSyncExternalStore } from "react";
import type { Drawer } from "../../drawer/drawer";

/** What is being written, as HTML, per conversation, so that neither a reload nor another chat loses it. */
export function keepDraft(drawer: Drawer, conversationId: string, html: string): void {
  if (html === "") drawer.remove("draft", conversationId);
  else drawer.put("draft", conversationId, html);
}

/** A text that comes back to be changed goes below what is already being written. */
export function addToDraft(drawer: Drawer, conversationId: string, html: string): void {
  keepDraft(drawer, conversationId, draftOf(drawer, conversationId) + html);
}

export function useDraft(drawer: Drawer, conversationId: string): string {
  return useSyncExternalStore(drawer.subscribe, () => draftOf(drawer, conversationId));
}

function draftOf(drawer: Drawer, conversationId: string): string {
  return drawer.get("draft", conversationId) ?? "";
}
