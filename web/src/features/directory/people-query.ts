import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answerOf, api } from "../../api/client";
import type { components } from "../../api/schema";
import type { Person, Platform } from "../../realtime/protocol";

export interface PeopleQuery {
  q: string;
  type: Platform | null;
}

type Page = components["schemas"]["PeoplePage"];
type Refused = Readonly<Record<string, string>>;

const NOBODY_REFUSED: Refused = {};

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
  const people = useMemo(() => peopleOf(pages ?? []), [pages]);
  const refused = useMemo(() => refusedOf(pages ?? []), [pages]);
  return { ...query, people, refused, total: pages?.[0]?.total ?? 0 };
}

interface Gathered {
  pages: readonly Page[];
  people: Person[];
  known: Set<string>;
}

const gathered = new WeakMap<Page, Gathered>();

/** Everybody on these pages, once: someone renamed between two pages can be on both. With one more page only that is
 * looked at, as hundreds are more than there is time for between two frames. */
function peopleOf(pages: readonly Page[]): Person[] {
  const [first] = pages;
  if (first === undefined) return [];
  const before = gathered.get(first);
  const goesOn = before?.pages.every((page, index) => page === pages[index]) === true;
  const known = goesOn ? before.known : new Set<string>();
  const people = goesOn ? before.people.slice() : [];
  for (const page of pages.slice(goesOn ? before.pages.length : 0)) {
    for (const person of page.people) {
      if (!known.has(person.id)) people.push(person);
      known.add(person.id);
    }
  }
  gathered.set(first, { pages, people, known });
  return people;
}

function refusedOf(pages: readonly Page[]): Refused {
  const some = pages.flatMap((page) => (page.refused === undefined ? [] : [page.refused]));
  // The same as long as it is nobody: every row hears of a new one.
  return some.length === 0 ? NOBODY_REFUSED : (Object.assign({}, ...some) as Refused);
}
