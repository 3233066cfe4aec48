import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client";
import { withEarlierPage, withHistoryLoading, withLaterPage, withNewestPage, withPageAround } from "../../realtime/history";
import type { Message } from "../../realtime/protocol";
import { useChangeWorld, useWorld } from "../../realtime/world";

const NONE: Message[] = [];
const PAGE = 50;

type Where = { before?: number; after?: number; around?: number };

function pageOf(id: string, where: Where, signal?: AbortSignal) {
  return answerOf(
    api.GET("/api/v1/conversations/{conversation_id}/messages", {
      params: { path: { conversation_id: id }, query: { limit: PAGE, ...where } },
      ...(signal && { signal }),
    }),
  );
}

/** The messages of one conversation, fetched when opened and again whenever events were missed: the newest, or those
 * around the position `at`, from where one reads on both ways. */
export function useThread(id: string, at: number | null) {
  const changeWorld = useChangeWorld();
  const snapshots = useWorld((world) => world.snapshots);
  const messages = useWorld((world) => world.messages[id]) ?? NONE;
  const history = useWorld((world) => world.history?.[id]);
  const isFirst = history === undefined || history.isFirst === true;
  // The address changes a moment after the reader has left for the newest messages, which may be here before.
  const [left, setLeft] = useState<number | null>(null);
  if (at === null && left !== null) setLeft(null);

  const wanted = at === left ? null : at;
  const isThere = wanted === null || messages.some((each) => each.position === wanted);
  const isDetached = history?.later != null;
  // Also when it is fetched again, what the reader has before them stays around the place they came for.
  const around = wanted !== null && (!isThere || isDetached) ? wanted : null;
  const newest = useQuery({
    queryKey: ["thread", id, around, snapshots],
    queryFn: async ({ signal }) => {
      changeWorld((world) => withHistoryLoading(world, id));
      const page = await pageOf(id, around === null ? {} : { around }, signal);
      const take = around === null ? withNewestPage : withPageAround;
      changeWorld((world) => (world.snapshots === snapshots ? take(world, id, page) : world));
      return page.earlier;
    },
    enabled: history?.state !== "ready" || !isThere,
    staleTime: 0,
    gcTime: 0,
  });
  const pageNow = async (where: Where) => ({ asked: snapshots, page: await pageOf(id, where) });
  const earlier = useMutation({
    mutationFn: (before: number) => pageNow({ before }),
    onSuccess: ({ asked, page }, before) => {
      changeWorld((world) => (world.snapshots === asked ? withEarlierPage(world, id, before, page) : world));
    },
  });
  const later = useMutation({
    mutationFn: (after: number) => pageNow({ after }),
    onSuccess: ({ asked, page }, after) => {
      changeWorld((world) => (world.snapshots === asked ? withLaterPage(world, id, after, page) : world));
    },
  });
  const toNewest = useMutation({
    mutationFn: () => pageNow({}),
    onSuccess: ({ asked, page }) => {
      changeWorld((world) => (world.snapshots === asked ? withNewestPage(world, id, page) : world));
    },
  });

  return {
    messages,
    isLoading: (isFirst && !newest.isError) || (!isThere && newest.isFetching),
    error: history?.state === "ready" ? null : newest.error,
    reload: () => void newest.refetch(),
    /** What is here does not reach the newest message. */
    isDetached,
    isLoadingLater: later.isPending || toNewest.isPending,
    laterError: later.error ?? toNewest.error,
    loadLater: () => {
      if (history?.state === "ready" && history.later != null && !later.isPending) later.mutate(history.later);
    },
    toNewest: () => {
      setLeft(at);
      if (!toNewest.isPending) toNewest.mutate();
    },
    hasEarlier: history?.state === "ready" && history.earlier !== null,
    isLoadingEarlier: earlier.isPending,
    earlierError: earlier.error,
    loadEarlier: () => {
      if (history?.state === "ready" && history.earlier !== null && !earlier.isPending) earlier.mutate(history.earlier);
    },
  };
}
