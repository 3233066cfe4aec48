import { useMutation } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { answerOf, api } from "../../api/client";
import { withConversation } from "../../realtime/apply-event";
import type { Conversation } from "../../realtime/protocol";
import { useRealtime } from "../../realtime/realtime-context";
import { useChangeWorld } from "../../realtime/world";

function subscribe(listener: () => void): () => void {
  globalThis.addEventListener("focus", listener);
  globalThis.addEventListener("blur", listener);
  document.addEventListener("visibilitychange", listener);
  return () => {
    globalThis.removeEventListener("focus", listener);
    globalThis.removeEventListener("blur", listener);
    document.removeEventListener("visibilitychange", listener);
  };
}

/** Whether someone can be looking at this page now. */
export function useIsAttended(): boolean {
  return useSyncExternalStore(subscribe, () => document.visibilityState === "visible" && document.hasFocus());
}

/** Marks the conversation read while it is on screen in an attended page. */
export function useMarkRead(conversation: Conversation, isAttended: boolean): void {
  const changeWorld = useChangeWorld();
  const { mutate } = useMutation({
    mutationFn: (conversation_id: string) =>
      answerOf(api.POST("/api/v1/conversations/{conversation_id}/read", { params: { path: { conversation_id } } })),
    onSuccess: (read) => {
      changeWorld((world) => withConversation(world, read));
    },
    retry: 3,
  });
  const { isLive } = useRealtime();
  const { id, unread, revision } = conversation;
  useEffect(() => {
    if (isAttended && isLive && unread > 0) mutate(id);
    // The revision says that more arrived since the last time.
  }, [isAttended, isLive, id, unread, revision, mutate]);
}
