import { useEffect } from "react";
import { useNotify } from "../../components/ui/notify";
import { useRealtime } from "../../realtime/realtime-context";

const WHERE = "To connect an account, choose Change status > My profile > Settings.";

/** Says live what became of the Teams connection. */
export function useConnectionToasts(): void {
  const { onEvent } = useRealtime();
  const notify = useNotify();
  useEffect(
    () =>
      onEvent((event, before) => {
        if (event.type !== "connection_changed") return;
        const { state, remedy } = event.connection;
        if (state === "connected" && before.connection.state !== "connected") {
          notify("success", "Your Microsoft Teams account is connected.");
        } else if (remedy != null && state === "not_connected") {
          notify("error", "Your Microsoft Teams account was not connected.", remedy);
        } else if (state === "lost" && before.connection.state === "connected") {
          notify("warning", "Microsoft Teams is disconnected.", remedy ?? undefined);
        } else if (state === "not_connected" && before.connection.state === "connected") {
          notify("info", "Your administrator disconnected your Microsoft Teams account.", WHERE);
        } else if (state === "not_connected" && before.connection.state === "off") {
          notify("info", "Chat with Microsoft Teams is switched on.", WHERE);
        }
      }),
    [onEvent, notify],
  );
}
