import { skipToken, useQuery, type QueryClient } from "@tanstack/react-query";

const KEY = ["people changed"];

/** What a list says of itself that looks by itself which of its pages are to be fetched again: there may be hundreds. */
export const LONG_LIST = { isLong: true };

/** People have changed, or whom one may contact: what shows some of them is fetched again. Long lists look by
 * themselves which of their pages that concerns. */
export function lookAtPeopleAgain(client: QueryClient): Promise<void> {
  client.setQueryData(KEY, performance.now());
  return client.invalidateQueries({ queryKey: ["people"] });
}

/** When that was last, by `performance.now()`; 0 for never. */
export function usePeopleChangedAt(): number {
  return useQuery<number>({ queryKey: KEY, queryFn: skipToken, staleTime: Infinity, gcTime: Infinity }).data ?? 0;
}
