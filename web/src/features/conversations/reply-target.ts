import { useSyncExternalStore } from "react";
import type { Message } from "../../realtime/protocol";
import { useWorld } from "../../realtime/world";

/** Which message is being answered in each conversation, as long as this page lives. */
const targets = new Map<string, Message>();
const listeners = new Set<() => void>();

export function answer(conversationId: string, message: Message | null): void {
  if (message === null) targets.delete(conversationId);
  else targets.set(conversationId, message);
  for (const listener of listeners) listener();
}

/** Nobody is signed in any more. */
export function forgetAnswers(): void {
  targets.clear();
}

/** As it is by now, or was when it was last here. */
export function useReplyTarget(conversationId: string): Message | undefined {
  const target = useSyncExternalStore(subscribe, () => targets.get(conversationId));
  return useWorld((world) => world.messages[conversationId]?.find(({ id }) => id === target?.id)) ?? target;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
