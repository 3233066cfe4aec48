import { useLocation } from "react-router";
import { useMedia } from "../components/ui/use-media";

/** Below this the Control Panel and the main area take turns. */
export const NARROW = "(max-width: 719px)";
/** From here on Contacts and a chat have room beside each other. */
export const WIDE = "(min-width: 1200px)";

export function addressOfChat(conversationId: string): string {
  return `/chats/${conversationId}`;
}

/** On a narrow page the Control Panel has the page to itself until something is chosen. */
export function useShowsOnlyPanel(): boolean {
  const isNarrow = useMedia(NARROW);
  const { pathname } = useLocation();
  return isNarrow && pathname === "/";
}
