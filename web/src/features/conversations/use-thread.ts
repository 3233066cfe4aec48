import { useMutation, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { withEarlierPage, withHistoryLoading, withNewestPage } from "../../realtime/history";
import type { Message } from "../../realtime/protocol";
import { useChangeWorld, useWorld } from "../../realtime/world";

const NONE: Message[] = [];
const PAGE = 50;

function pageOf(id: string, before: number | null, signal?: AbortSignal) {
  return answerOf(
    api.GET("/api/v1/conversations/{conversation_id}/messages", {
      params: { path: { conversation_id: id }, query: { limit: PAGE, ...(before !== null && { before }) } },
      ...(signal && { signal }),
    }),
  );
}

/** The messages of one conversation, fetched when opened and again whenever events were missed. */
export function useThread(id: string) {
  const changeWorld = useChangeWorld();
  const messages = useWorld((world) => world.messages[id]) ?? NONE;
  const history = useWorld((world) => world.history?.[id]);

  const newest = useQuery({
    queryKey: ["thread", id],
    queryFn: async ({ signal }) => {
      changeWorld((world) => withHistoryLoading(world, id));
      const page = await pageOf(id, null, signal);
      changeWorld((world) => withNewestPage(world, id, page));
      return page.earlier;
    },
    enabled: history?.state !== "ready",
    staleTime: 0,
    gcTime: 0,
  });
  const earlier = useMutation({
    mutationFn: (before: number) => pageOf(id, before),
    onSuccess: (page) => {
      changeWorld((world) => withEarlierPage(world, id, page));
    },
  });

  return {
    messages,
    isLoading: history?.state !== "ready" && messages.length === 0 && !newest.isError,
    error: history?.state === "ready" ? null : newest.error,
    reload: () => void newest.refetch(),
    hasEarlier: history?.state === "ready" && history.earlier !== null,
    isLoadingEarlier: earlier.isPending,
    earlierError: earlier.error,
    loadEarlier: () => {
      if (history?.state === "ready" && history.earlier !== null && !earlier.isPending) earlier.mutate(history.earlier);
    },
  };
}
