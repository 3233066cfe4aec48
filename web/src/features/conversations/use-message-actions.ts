import { useMutation } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { withMessage } from "../../realtime/apply-event";
import type { Message } from "../../realtime/protocol";
import { useChangeWorld } from "../../realtime/world";
import type { Written } from "./written";

type Act =
  | { type: "edit"; written: Written }
  | { type: "remove" }
  | { type: "restore" }
  | { type: "retry" }
  | { type: "discard" }
  | { type: "react"; reaction: string; isSet: boolean };

const REFUSED: Record<Act["type"], string> = {
  edit: "The message was not changed.",
  remove: "The message was not deleted.",
  restore: "The message was not brought back.",
  retry: "The message was not sent again.",
  discard: "Nothing was discarded.",
  react: "The reaction was not saved.",
};

function ask({ conversation_id, id }: Message, act: Act): Promise<Message> {
  const params = { path: { conversation_id, message_id: id } };
  const place = "/api/v1/conversations/{conversation_id}/messages/{message_id}";
  switch (act.type) {
    case "edit":
      return answerOf(api.PATCH(place, { params, body: act.written }));
    case "remove":
      return answerOf(api.DELETE(place, { params }));
    case "restore":
      return answerOf(api.POST(`${place}/restore`, { params }));
    case "retry":
      return answerOf(api.POST(`${place}/retry`, { params }));
    case "discard":
      return answerOf(api.POST(`${place}/discard`, { params }));
    case "react":
      return answerOf(api.PUT(`${place}/reaction`, { params, body: { reaction: act.reaction, is_set: act.isSet } }));
  }
}

/** What the reader can do with a message that is there; what the server says of it is shown at once. */
export function useMessageActions(message: Message) {
  const changeWorld = useChangeWorld();
  const notify = useNotify();
  const { mutate, isPending } = useMutation({
    mutationFn: (act: Act) => ask(message, act),
    onSuccess: (fresh) => {
      changeWorld((world) => withMessage(world, fresh));
    },
    onError: (error, act) => {
      notify("error", REFUSED[act.type], sentenceOf(error));
    },
  });
  return { act: mutate, isPending };
}
