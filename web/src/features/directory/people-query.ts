import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answerOf, api } from "../../api/client";
import type { Person, Platform } from "../../realtime/protocol";

export interface PeopleQuery {
  q: string;
  type: Platform | null;
}

type Refused = Readonly<Record<string, string>>;

const PAGE = 200;

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
    // Comparing all pages with what they were takes longer than a frame once there are a thousand of them.
    structuralSharing: false,
  });
  const pages = query.data?.pages;
  const people = useMemo(() => withoutRepeats(pages?.flatMap((page) => page.people) ?? []), [pages]);
  const refused = useMemo(() => Object.assign({}, ...(pages ?? []).map((page) => page.refused ?? {})) as Refused, [pages]);
  return { ...query, people, refused, total: pages?.[0]?.total ?? 0 };
}

/** Someone renamed between two pages can be on both. */
function withoutRepeats(people: Person[]): Person[] {
  return [...new Map(people.map((each) => [each.id, each])).values()];
}
