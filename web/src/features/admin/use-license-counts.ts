import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { usersKey } from "./users-key";

/** How many users there are, hold which license, are connected and lack a second factor. */
export function useLicenseCounts(refetchInterval: number | false = false) {
  return useQuery({
    queryKey: [...usersKey, "counts"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/licenses", { signal })),
    refetchInterval,
  });
}
