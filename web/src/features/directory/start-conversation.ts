import { useMutation } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { withConversation } from "../../realtime/apply-event";
import { useChangeWorld } from "../../realtime/world";

export type StartConversation = Schemas["StartConversation"];

/** Opens, or finds, the conversation that a button stands for; who has gone elsewhere meanwhile stays there. */
export function useStartConversation(onOpen: (conversationId: string) => void) {
  const changeWorld = useChangeWorld();
  const notify = useNotify();
  const { mutate } = useMutation({
    mutationFn: (body: StartConversation) => answerOf(api.POST("/api/v1/conversations", { body })),
    onSuccess: (conversation) => {
      changeWorld((world) => withConversation(world, conversation));
    },
    onError: (error) => {
      notify("error", "The chat could not be started.", sentenceOf(error));
    },
  });
  const latest = useRef(onOpen);
  useEffect(() => {
    latest.current = onOpen;
  });
  // What is given along with one request is heard only by who is still there.
  return useCallback(
    (body: StartConversation) => {
      mutate(body, {
        onSuccess: ({ id }) => {
          latest.current(id);
        },
      });
    },
    [mutate],
  );
}
