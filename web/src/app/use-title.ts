import { useEffect } from "react";
import { useWorld } from "../realtime/world";

/** Unread messages show in the browser's tab, also while another tab is in front. */
export function useTitle(): void {
  const unread = useWorld((world) => world.conversations.reduce((sum, each) => sum + each.unread, 0));
  useEffect(() => {
    document.title = unread > 0 ? `(${String(unread)}) Deskbridge` : "Deskbridge";
    return () => {
      document.title = "Deskbridge";
    };
  }, [unread]);
}
