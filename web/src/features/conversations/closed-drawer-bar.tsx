import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";
import { useSyncExternalStore } from "react";
import { useDrawer } from "../../drawer/drawer-context";

/** What this browser keeps of the user and nobody can open any more: they should not go on waiting for it. */
export function ClosedDrawerBar() {
  const drawer = useDrawer();
  const count = useSyncExternalStore(drawer.subscribe, () => drawer.countClosed());
  if (count === 0) return null;
  return (
    <MessageBar intent="warning" layout="auto">
      <MessageBarBody>
        <MessageBarTitle>
          {count === 1 ? "A draft or unsent message" : `${String(count)} drafts or unsent messages`} of yours cannot be opened.
        </MessageBarTitle>{" "}
        This browser kept them encrypted, and their key is not here any more: Deskbridge may have been restored from a backup.
        Ask your administrator before you remove them.
      </MessageBarBody>
      <MessageBarActions>
        <Button onClick={() => drawer.removeClosed()}>Remove</Button>
      </MessageBarActions>
    </MessageBar>
  );
}
