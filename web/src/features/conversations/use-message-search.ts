import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { answerOf, api, type Schemas } from "../../api/client";
import { beginOfDay } from "../../wording/moments";

export type SearchHit = Schemas["SearchHit"];

export interface MessageQuery {
  q: string;
  personId: string | null;
  /** Days as `2026-11-23`, both included. */
  since: string;
  until: string;
}

export const NOTHING_ASKED: MessageQuery = { q: "", personId: null, since: "", until: "" };

export function isAsking({ q, personId, since, until }: MessageQuery): boolean {
  return q.trim() !== "" || personId !== null || since !== "" || until !== "";
}

/** One's own messages that answer, page by page, the newest first. */
export function useMessageSearch({ q, personId, since, until }: MessageQuery) {
  const from = beginOfDay(since);
  const to = beginOfDay(until, 1);
  const asked = { q, ...(personId && { person_id: personId }), ...(from && { since: from }), ...(to && { until: to }) };
  return useInfiniteQuery({
    queryKey: ["message-search", asked],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/messages/search", {
          params: { query: { ...asked, ...(pageParam !== null && { after: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 60_000,
  });
}
