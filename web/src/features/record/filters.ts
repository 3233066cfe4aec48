import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";

/** What the record is narrowed to, as its address says it: people by their ids, days as YYYY-MM-DD; empty means all. */
export interface RecordFilters {
  agent: string;
  person: string;
  since: string;
  until: string;
}

/** One person of the directory, by id; nobody for an empty one. */
export function usePerson(id: string) {
  return useQuery({
    queryKey: ["people", "one", id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/people/{person_id}", { params: { path: { person_id: id } }, signal })),
    enabled: id !== "",
    staleTime: Infinity,
  });
}
