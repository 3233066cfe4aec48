import {
  Toast,
  ToastBody,
  Toaster,
  ToastTitle,
  useToastController,
  type ToastIntent,
} from "@fluentui/react-components";
import { useCallback } from "react";

const TOASTER = "deskbridge";

/** Below the headers: so high that it covers neither the composer nor Send, and not who a chat reaches. */
const BELOW_HEADERS = { horizontal: 16, vertical: 76 };

export function Notifications() {
  return (
    <Toaster toasterId={TOASTER} position="top-end" offset={BELOW_HEADERS} limit={3} pauseOnHover pauseOnWindowBlur />
  );
}

export type Notify = (intent: ToastIntent, title: string, body?: string) => void;

export function useNotify(): Notify {
  const { dispatchToast } = useToastController(TOASTER);
  return useCallback(
    (intent, title, body) => {
      dispatchToast(
        <Toast>
          <ToastTitle>{title}</ToastTitle>
          {body !== undefined && <ToastBody>{body}</ToastBody>}
        </Toast>,
        { intent, timeout: intent === "error" ? 10_000 : 5_000 },
      );
    },
    [dispatchToast],
  );
}
