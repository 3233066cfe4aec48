import { useEffect } from "react";
import { useMatch } from "react-router";
import { useIsAttended } from "../features/conversations/use-mark-read";
import { useWorld } from "../realtime/world";
import { addressOfChat } from "./places";

/** Unread messages show in the browser's tab, also while another tab is in front. */
export function useTitle(): void {
  const isAttended = useIsAttended();
  const looksAt = useMatch(addressOfChat(":id"))?.params.id;
  // The chat one is looking at is about to be marked read.
  const besides = isAttended ? looksAt : undefined;
  const unread = useWorld((world) =>
    world.conversations.reduce((sum, each) => (each.id === besides ? sum : sum + each.unread), 0),
  );
  useEffect(() => {
    document.title = unread > 0 ? `(${String(unread)}) Deskbridge` : "Deskbridge";
    return () => {
      document.title = "Deskbridge";
    };
  }, [unread]);
}
