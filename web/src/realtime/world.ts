import { hashKey, queryOptions, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { answerOf, api } from "../api/client";
import type { World } from "./apply-event";
import { worldFrom } from "./history";

const WORLD_HASH = hashKey(["world"]);
/** What is asked while nobody is signed in. */
const KEPT: ReadonlySet<unknown> = new Set(["set-up", "log-out"]);

/** The one cache entry that events change; everything on screen about chats, status and connection reads it. */
export const worldQuery = (client: QueryClient) =>
  queryOptions({
    queryKey: ["world"],
    queryFn: async ({ signal }): Promise<World> => {
      const snapshot = await answerOf(api.GET("/api/v1/workspace", { signal }));
      const held = heldWorld(client);
      if (held === undefined || held.me.id === snapshot.me.id) return worldFrom(snapshot, held);
      // Somebody else has signed in in this browser: nothing of whoever it was before is theirs.
      client.removeQueries({ predicate: ({ queryHash }) => queryHash !== WORLD_HASH });
      return worldFrom(snapshot);
    },
    staleTime: Infinity,
    gcTime: Infinity,
    refetchOnReconnect: false,
    // Changes keep every part that stayed the same, so comparing it all again would only cost time.
    structuralSharing: false,
  });

export function heldWorld(client: QueryClient): World | undefined {
  return client.getQueryData<World>(["world"]);
}

/** Nobody is signed in any more: nothing of the workspace stays in memory, nor comes into it. */
export function forgetWorld(client: QueryClient): void {
  client.getMutationCache().clear();
  client.removeQueries({ predicate: ({ queryHash, queryKey }) => queryHash !== WORLD_HASH && !KEPT.has(queryKey[0]) });
  // The page still observes it, and would hold on to what was removed.
  void client.resetQueries({ queryKey: ["world"] });
}

export function changeWorld(client: QueryClient, change: (world: World) => World): void {
  client.setQueryData<World>(["world"], (world) => (world === undefined ? undefined : change(world)));
}

/** A part of the world; re-renders only when that part changes. */
export function useWorld<T>(select: (world: World) => T): T {
  const client = useQueryClient();
  const subscribe = useCallback(
    (listener: () => void) =>
      client.getQueryCache().subscribe(({ query }) => {
        if (query.queryHash === WORLD_HASH) listener();
      }),
    [client],
  );
  return useSyncExternalStore(subscribe, () => {
    const world = heldWorld(client);
    if (world === undefined) throw new Error("The workspace is shown before its snapshot came.");
    return select(world);
  });
}

export function useChangeWorld(): (change: (world: World) => World) => void {
  const client = useQueryClient();
  return (change) => {
    changeWorld(client, change);
  };
}

/** Takes what the server answers for a part of the world, unless an event has told of it since it was asked for: events
 * come in order, and answers do not. */
export function useAnswer<K extends "me" | "account">(part: K) {
  const client = useQueryClient();
  return {
    /** What is held when asking. */
    asking: () => heldWorld(client)?.[part],
    take: (answer: World[K], asked: World[K] | undefined) => {
      changeWorld(client, (world) => (world[part] === asked ? { ...world, [part]: answer } : world));
    },
  };
}
