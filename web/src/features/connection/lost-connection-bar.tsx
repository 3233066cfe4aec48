import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";
import { useWorld } from "../../realtime/world";
import { useAuthenticate } from "./authenticate";

/** The Teams connection stopped working: what to do, and that nothing written is lost. */
export function LostConnectionBar() {
  const connection = useWorld((world) => world.connection);
  const { authenticate, isPending } = useAuthenticate();
  if (connection.state !== "lost") return null;
  return (
    <MessageBar intent="warning" layout="auto">
      <MessageBarBody>
        <MessageBarTitle>Microsoft Teams is disconnected.</MessageBarTitle>{" "}
        {connection.remedy ?? "Sign in again to send and receive Teams messages."} Messages you write wait until then.
      </MessageBarBody>
      <MessageBarActions>
        <Button appearance="primary" onClick={authenticate} disabledFocusable={isPending}>
          Sign in again
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}
