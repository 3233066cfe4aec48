import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { withConversation } from "../../realtime/apply-event";
import { useChangeWorld } from "../../realtime/world";

/** Fetches a chat that is too long ago to be in the snapshot; whether that is under way. */
export function useOldConversation(id: string, isMissing: boolean): boolean {
  const changeWorld = useChangeWorld();
  const { isLoading } = useQuery({
    queryKey: ["conversation", id],
    queryFn: async ({ signal }) => {
      const path = { conversation_id: id };
      const found = await answerOf(api.GET("/api/v1/conversations/{conversation_id}", { params: { path }, signal }));
      changeWorld((world) => withConversation(world, found));
      return found.id;
    },
    enabled: isMissing,
    gcTime: 0,
  });
  return isMissing && isLoading;
}
