import { createContext, useCallback, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { KnownPresence, PresenceBoard } from "./presence-board";
import type { FeedEvent } from "./protocol";
import type { World } from "./apply-event";
import type { ServerClock } from "./server-clock";
import type { TypingBoard } from "./typing-board";
import type { WatchList } from "./watch-list";

/** Told about each event after it was applied, with the world before it. */
export type EventListener = (event: FeedEvent, before: World) => void;

export interface Realtime {
  presences: PresenceBoard;
  watchList: WatchList;
  typing: TypingBoard;
  /** False once the connection has been away for longer than a moment. */
  isLive: boolean;
  clock: ServerClock;
  onEvent: (listener: EventListener) => () => void;
}

export const RealtimeContext = createContext<Realtime | null>(null);

export function useRealtime(): Realtime {
  const realtime = useContext(RealtimeContext);
  if (realtime === null) throw new Error("RealtimeContext is missing.");
  return realtime;
}

function nothing(): void {
  // Of nobody there is nothing to be told.
}

/** The presence of one identity; undefined while nobody has told us. */
export function usePresence(identityId: string | undefined): KnownPresence | undefined {
  const { presences } = useRealtime();
  const subscribe = useCallback(
    (listener: () => void) => (identityId === undefined ? nothing : presences.subscribe(identityId, listener)),
    [presences, identityId],
  );
  return useSyncExternalStore(subscribe, () => (identityId === undefined ? undefined : presences.get(identityId)));
}

/** Who is writing in that conversation; undefined while nobody is. */
export function useTypingIn(conversationId: string): string | undefined {
  const { typing } = useRealtime();
  return useSyncExternalStore(typing.subscribe, () => typing.nameIn(conversationId));
}

/** Asks the server for presence of these people for as long as they are on screen. */
export function useWatch(personIds: readonly string[]): void {
  const { watchList } = useRealtime();
  const key = personIds.join(" ");
  useEffect(() => watchList.add(key === "" ? [] : key.split(" ")), [watchList, key]);
}

/** The time by the server's clock, renewed every `everyMs`, and when the server has said what it is. */
export function useServerNow(everyMs: number): number {
  const { clock } = useRealtime();
  const [now, setNow] = useState(clock.now);
  useEffect(() => {
    const look = () => {
      setNow(clock.now());
    };
    const timer = setInterval(look, everyMs);
    const leave = clock.subscribe(look);
    return () => {
      clearInterval(timer);
      leave();
    };
  }, [clock, everyMs]);
  return now;
}
