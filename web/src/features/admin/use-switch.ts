import { useMutation } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { useAnswer } from "../../realtime/world";

type Which = "teams_chat_enabled" | "agent_status_in_teams" | "files_to_teams" | "second_factor_required";

/** Turns one switch of the account; every workspace shows it at once, this one with the answer. */
export function useSwitch(which: Which, then: { onSwitched?: () => void; onSettled?: () => void } = {}) {
  const { asking, take } = useAnswer("account");
  const notify = useNotify();
  return useMutation({
    mutationFn: (isOn: boolean) => answerOf(api.PUT("/api/v1/admin/account", { body: { [which]: isOn } })),
    onMutate: asking,
    onSuccess: (fresh, _, asked) => {
      take(fresh, asked);
      then.onSwitched?.();
    },
    onError: (error) => {
      notify("error", "The setting was not changed.", sentenceOf(error));
    },
    onSettled: then.onSettled,
  });
}
