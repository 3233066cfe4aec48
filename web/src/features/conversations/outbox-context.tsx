import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from "react";
import { answerOf, api } from "../../api/client";
import { useDrawer } from "../../drawer/drawer-context";
import { withMessage } from "../../realtime/apply-event";
import { useRealtime } from "../../realtime/realtime-context";
import { useChangeWorld, useWorld } from "../../realtime/world";
import { Outbox, type Pending } from "./outbox";

const OutboxContext = createContext<Outbox | null>(null);

/** One outbox for everything that the signed-in user writes. */
export function OutboxProvider({ children, onSignedOut }: { children: ReactNode; onSignedOut: () => void }) {
  const drawer = useDrawer();
  const changeWorld = useChangeWorld();
  const { onEvent, isLive } = useRealtime();
  const [outbox] = useState(
    () =>
      new Outbox({
        drawer,
        send: ({ conversation_id, client_id, text, html, reply_to, files }) =>
          answerOf(
            api.POST("/api/v1/conversations/{conversation_id}/messages", {
              params: { path: { conversation_id } },
              body: {
                client_id,
                text,
                html: html ?? null,
                reply_to: reply_to ?? null,
                files: (files ?? []).map(({ id }) => id),
              },
            }),
          ),
        onSent: (message) => {
          changeWorld((world) => withMessage(world, message));
        },
        onSignedOut,
      }),
  );

  useEffect(() => outbox.start(), [outbox]);
  useEffect(() => {
    if (isLive) outbox.flush();
  }, [isLive, outbox]);
  useEffect(
    () =>
      onEvent((event) => {
        if (event.type === "message_changed" && event.message.client_id !== null) {
          outbox.remove(event.message.client_id);
        }
      }),
    [onEvent, outbox],
  );
  return <OutboxContext value={outbox}>{children}</OutboxContext>;
}

export function useOutbox(): Outbox {
  const outbox = useContext(OutboxContext);
  if (outbox === null) throw new Error("OutboxProvider is missing.");
  return outbox;
}

/** What waits in one conversation, without what the server already shows. */
export function usePending(conversationId: string): Pending[] {
  const outbox = useOutbox();
  const entries = useSyncExternalStore(outbox.subscribe, outbox.list);
  const messages = useWorld((world) => world.messages[conversationId]);
  return useMemo(() => {
    const arrived = new Set(messages?.map((each) => each.client_id));
    return entries.filter((each) => each.conversation_id === conversationId && !arrived.has(each.client_id));
  }, [entries, messages, conversationId]);
}

/** The newest waiting text of each conversation, for the chats list. */
export function useWaitingTexts(): ReadonlyMap<string, string> {
  const outbox = useOutbox();
  const entries = useSyncExternalStore(outbox.subscribe, outbox.list);
  return useMemo(() => new Map(entries.map((each) => [each.conversation_id, each.text || (each.files?.[0]?.name ?? "")])), [entries]);
}
