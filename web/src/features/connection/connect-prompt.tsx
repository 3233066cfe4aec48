import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  MessageBar,
  MessageBarBody,
} from "@fluentui/react-components";
import { useState } from "react";
import { useWorld } from "../../realtime/world";
import { useAuthenticate } from "./authenticate";
import { isPromptAnswered, rememberPromptAnswered } from "./prompt-memory";

/** Asks an agent who signs in without a Teams connection to connect; later changes must not interrupt their work. */
export function ConnectPrompt() {
  const connection = useWorld((world) => world.connection);
  const [isAnswered, setAnswered] = useState(() => connection.state !== "not_connected" || isPromptAnswered());
  const { authenticate, isPending } = useAuthenticate();

  const close = () => {
    rememberPromptAnswered();
    setAnswered(true);
  };

  return (
    <Dialog
      open={connection.state === "not_connected" && !isAnswered}
      onOpenChange={(_, { open }) => {
        if (!open) close();
      }}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Connect your Microsoft Teams account</DialogTitle>
          <DialogContent>
            {connection.remedy != null && (
              <MessageBar intent="error" layout="multiline">
                <MessageBarBody>{connection.remedy}</MessageBarBody>
              </MessageBar>
            )}
            <p>
              Chat with your Microsoft Teams contacts right here. You sign in on Microsoft’s own page; Deskbridge never
              sees your Microsoft password.
            </p>
            <p>
              You can also do it later: <strong>Change status</strong> &gt; <strong>My profile</strong> &gt;{" "}
              <strong>Settings</strong>.
            </p>
          </DialogContent>
          <DialogActions>
            <Button appearance="secondary" onClick={close}>
              Not now
            </Button>
            <Button appearance="primary" onClick={authenticate} disabledFocusable={isPending}>
              Authenticate now
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
