import { useMutation } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";

/** Opens Microsoft's own sign-in page in a window of its own; what comes of it is heard over the WebSocket. */
export function useAuthenticate() {
  const notify = useNotify();
  const { mutate, isPending } = useMutation({
    mutationFn: (opened: Window | null) =>
      answerOf(api.POST("/api/v1/teams/authenticate")).then((answer) => ({ ...answer, opened })),
    onSuccess: ({ authorization_url, opened }) => {
      if (opened === null || opened.closed) {
        globalThis.location.assign(authorization_url);
      } else {
        opened.location.replace(authorization_url);
      }
    },
    onError: (error, opened) => {
      opened?.close();
      notify("error", "The Microsoft sign-in page could not be opened.", sentenceOf(error));
    },
  });
  return {
    isPending,
    /** Browsers allow a new window only right at the click, so it opens empty and gets its address later. */
    authenticate: () => {
      mutate(globalThis.open("about:blank", "deskbridge-microsoft", "popup,width=520,height=720"));
    },
  };
}
