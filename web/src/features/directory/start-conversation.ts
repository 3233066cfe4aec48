import { useMutation } from "@tanstack/react-query";
import { answerOf, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { withConversation } from "../../realtime/apply-event";
import { useChangeWorld } from "../../realtime/world";

export type StartConversation = Schemas["StartConversation"];

/** Opens, or finds, the conversation that a button stands for. */
export function useStartConversation(onOpen: (conversationId: string) => void) {
  const changeWorld = useChangeWorld();
  const notify = useNotify();
  return useMutation({
    mutationFn: (body: StartConversation) => answerOf(api.POST("/api/v1/conversations", { body })),
    onSuccess: (conversation) => {
      changeWorld((world) => withConversation(world, conversation));
      onOpen(conversation.id);
    },
    onError: (error) => {
      notify("error", "The chat could not be started.", sentenceOf(error));
    },
  });
}
