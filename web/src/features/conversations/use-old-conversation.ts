import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client";
import { withConversation } from "../../realtime/apply-event";
import type { Conversation } from "../../realtime/protocol";
import { useChangeWorld } from "../../realtime/world";

/** The chat, fetched where it is too long ago to be in the snapshot. Until it is here again after a fresh snapshot it is
 * as it was, so that nobody loses what they are writing. */
export function useOldConversation(id: string, held: Conversation | undefined) {
  const changeWorld = useChangeWorld();
  const [last, setLast] = useState(held);
  if (held !== undefined && held !== last) setLast(held);
  const { isFetching } = useQuery({
    queryKey: ["conversation", id],
    queryFn: async ({ signal }) => {
      const path = { conversation_id: id };
      const found = await answerOf(
        api.GET("/api/v1/conversations/{conversation_id}", {
          params: { path },
          signal,
        }),
      );
      changeWorld((world) => withConversation(world, found));
      return found.id;
    },
    enabled: held === undefined,
    gcTime: 0,
  });
  const known = held ?? (isFetching && last?.id === id ? last : undefined);
  return { conversation: known, isFetching: known === undefined && isFetching };
}
