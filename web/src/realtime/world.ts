import { hashKey, queryOptions, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { answerOf, api } from "../api/client";
import type { World } from "./apply-event";
import { worldFrom } from "./history";

const WORLD_HASH = hashKey(["world"]);

/** The one cache entry that events change; everything on screen about chats, status and connection reads it. */
export const worldQuery = (client: QueryClient) =>
  queryOptions({
    queryKey: ["world"],
    queryFn: async ({ signal }): Promise<World> => {
      const snapshot = await answerOf(api.GET("/api/v1/workspace", { signal }));
      return worldFrom(snapshot, client.getQueryData<World>(["world"]));
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
