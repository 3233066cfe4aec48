import { useMutation } from "@tanstack/react-query";
import { answerOf, api, type Schemas } from "../../api/client";
import { useAnswer } from "../../realtime/world";

interface Then {
  onSuccess?: (() => void) | undefined;
  onError?: ((error: Error) => void) | undefined;
  onSettled?: (() => void) | undefined;
}

/** Changes settings of the account; every workspace shows it at once, this one with the answer. */
export function useAccountChange({ onSuccess, onError, onSettled }: Then) {
  const { asking, take } = useAnswer("account");
  return useMutation({
    mutationFn: (body: Schemas["SetAccount"]) => answerOf(api.PUT("/api/v1/admin/account", { body })),
    onMutate: asking,
    onSuccess: (fresh, _, asked) => {
      take(fresh, asked);
      onSuccess?.();
    },
    onError,
    onSettled,
  });
}
