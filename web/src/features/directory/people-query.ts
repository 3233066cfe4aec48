import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { LONG_LIST, usePeopleChangedAt } from "../../realtime/people-changed";
import type { Person } from "../../realtime/protocol";
import { fetchPage, fetchPages, PAGE, withFresh, type Page, type Pages, type PeopleQuery, type Shown } from "./people-pages";

type Refused = Readonly<Record<string, string>>;

const NOBODY_REFUSED: Refused = {};

/** Whoever opens the list again after so many milliseconds gets it anew. */
const FRESH_MS = 60_000;

/** The Contacts directory, page by page in the server's order. When people change, only what is on screen is fetched
 * again; all else once it gets there. */
export function usePeople(query: PeopleQuery) {
  const queryKey = ["contacts", query.q, query.type];
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => fetchPage(query, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    // Hundreds of pages may be there: which of them are fetched again is decided here.
    staleTime: Infinity,
    // Comparing all pages with what they were takes longer than a frame once there are a thousand of them.
    structuralSharing: false,
    meta: LONG_LIST,
  });
  const [shown, setShown] = useState<Shown>({ from: 0, to: 0 });
  const onShow = useCallback((first: number, end: number) => {
    const now = { from: Math.floor(first / PAGE), to: Math.floor(Math.max(0, end - 1) / PAGE) };
    setShown((before) => (before.from === now.from && before.to === now.to ? before : now));
  }, []);
  const held = list.isPlaceholderData ? undefined : (list.data as Pages | undefined);
  useFreshPages(queryKey, query, held, shown, list.isFetching);
  const pages = list.data?.pages;
  const people = useMemo(() => peopleOf(pages ?? []), [pages]);
  const refused = useMemo(() => refusedOf(pages ?? []), [pages]);
  const total = useMemo(() => totalOf(pages ?? []), [pages]);
  const { fetchNextPage } = list;
  const onMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  return { ...list, people, refused, total, onShow, onMore };
}

/** Fetches the pages on screen again when one of them is older than the last change. */
function useFreshPages(key: unknown[], query: PeopleQuery, held: Pages | undefined, shown: Shown, isBusy: boolean) {
  const client = useQueryClient();
  const [opened] = useState(() => performance.now());
  const changedAt = Math.max(usePeopleChangedAt(), opened - FRESH_MS);
  const isOld = held?.pages.slice(shown.from, shown.to + 1).some((page) => page.at <= changedAt) === true;
  useQuery({
    queryKey: ["contacts anew", ...key, shown, changedAt],
    queryFn: async ({ signal }) => {
      const after = held?.pageParams[shown.from] ?? null;
      const fresh = await fetchPages(query, after, shown.to - shown.from + 1, signal);
      client.setQueryData<Pages>(key, (now) => now && withFresh(now, shown.from, fresh));
      return fresh.length;
    },
    enabled: isOld && !isBusy,
    gcTime: 0,
  });
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

/** As the page that was asked for last has it. */
function totalOf(pages: readonly Page[]): number {
  const [first, ...others] = pages;
  if (first === undefined) return 0;
  return others.reduce((newest, page) => (page.at > newest.at ? page : newest), first).total;
}
