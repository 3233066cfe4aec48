import { useSyncExternalStore } from "react";

/** What is being written, as HTML, per user and conversation, so that neither a reload nor another chat loses it. */
const unstored = new Map<string, string>();
const listeners = new Set<() => void>();

function keyOf(userId: string, conversationId: string): string {
  return `deskbridge.draft.${userId}.${conversationId}`;
}

function read(key: string): string {
  return unstored.get(key) ?? localStorage.getItem(key) ?? "";
}

export function keepDraft(userId: string, conversationId: string, html: string): void {
  const key = keyOf(userId, conversationId);
  unstored.delete(key);
  try {
    if (html === "") localStorage.removeItem(key);
    else localStorage.setItem(key, html);
  } catch {
    // The browser's storage is full or forbidden: the draft still lives as long as this page.
    unstored.set(key, html);
  }
  for (const listener of listeners) listener();
}

/** A text that comes back to be changed goes below what is already being written. */
export function addToDraft(userId: string, conversationId: string, html: string): void {
  keepDraft(userId, conversationId, read(keyOf(userId, conversationId)) + html);
}

export function useDraft(userId: string, conversationId: string): string {
  return useSyncExternalStore(subscribe, () => read(keyOf(userId, conversationId)));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
