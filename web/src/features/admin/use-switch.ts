import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import { useAccountChange } from "./use-account-change";

type Which = "teams_chat_enabled" | "agent_status_in_teams" | "files_to_teams" | "second_factor_required";

/** Turns one switch of the account. */
export function useSwitch(which: Which, { onSwitched, onSettled }: { onSwitched?: () => void; onSettled?: () => void } = {}) {
  const notify = useNotify();
  const { mutate, isPending } = useAccountChange({
    onSuccess: onSwitched,
    onError: (error) => {
      notify("error", "The setting was not changed.", sentenceOf(error));
    },
    onSettled,
  });
  return {
    isPending,
    turn: (isOn: boolean) => {
      mutate({ [which]: isOn });
    },
  };
}
