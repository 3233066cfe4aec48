import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import type { Person, Platform } from "../../realtime/protocol";

export interface PeopleQuery {
  q: string;
  type: Platform | null;
}

const PAGE = 100;

/** The Contacts directory, page by page in the server's order. */
export function usePeople({ q, type }: PeopleQuery) {
  const query = useInfiniteQuery({
    queryKey: ["people", q, type],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/people", {
          params: { query: { q, limit: PAGE, ...(type && { type }), ...(pageParam !== null && { after: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const pages = query.data?.pages ?? [];
  return { ...query, people: withoutRepeats(pages.flatMap((page) => page.people)), total: pages[0]?.total ?? 0 };
}

/** Someone renamed between two pages can be on both. */
function withoutRepeats(people: Person[]): Person[] {
  return [...new Map(people.map((each) => [each.id, each])).values()];
}
