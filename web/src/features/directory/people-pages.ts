import type { InfiniteData } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import type { components } from "../../api/schema";
import type { Platform } from "../../realtime/protocol";

export interface PeopleQuery {
  q: string;
  type: Platform | null;
}

/** `at` is when it was asked for, by `performance.now()`: whatever changed later is not on it. */
export type Page = components["schemas"]["PeoplePage"] & { at: number };
export type Pages = InfiniteData<Page, string | null>;

/** Pages of the list, the first and the last one of them. */
export interface Shown {
  from: number;
  to: number;
}

export const PAGE = 200;

export async function fetchPage({ q, type }: PeopleQuery, after: string | null, signal: AbortSignal): Promise<Page> {
  const at = performance.now();
  const query = { q, limit: PAGE, ...(type && { type }), ...(after !== null && { after }) };
  return { ...(await answerOf(api.GET("/api/v1/people", { params: { query }, signal }))), at };
}

/** So many pages anew, each from where the one before it ends now. */
export async function fetchPages(
  query: PeopleQuery,
  after: string | null,
  count: number,
  signal: AbortSignal,
): Promise<Page[]> {
  const fetched: Page[] = [];
  let next: string | null | undefined = after;
  while (fetched.length < count && next !== undefined) {
    const page: Page = await fetchPage(query, next, signal);
    fetched.push(page);
    next = page.next ?? undefined;
  }
  return fetched;
}

/** With fresh pages in the place of old ones. What comes behind them stays only if it still begins where they end:
 * otherwise it is fetched when somebody gets there. */
export function withFresh(held: Pages, from: number, fresh: Page[]): Pages {
  const end = from + fresh.length;
  const last = fresh.at(-1);
  if (last === undefined || held.pages.length < from) return held;
  const goesOn = last.next !== null && held.pageParams[end] === last.next;
  const begins = fresh.map((_, index) => (index === 0 ? held.pageParams[from] : fresh[index - 1]?.next) ?? null);
  return {
    pages: [...held.pages.slice(0, from), ...fresh, ...(goesOn ? held.pages.slice(end) : [])],
    pageParams: [...held.pageParams.slice(0, from), ...begins, ...(goesOn ? held.pageParams.slice(end) : [])],
  };
}
