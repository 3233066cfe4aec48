import { useEffect } from "react";
import { useLocation, useMatch } from "react-router";
import { useIsAttended } from "../features/conversations/use-mark-read";
import { useWorld } from "../realtime/world";
import { addressOfChat } from "./places";

const NAMES: readonly [beginning: string, name: string][] = [
  ["/contacts", "Contacts"],
  ["/profile", "My profile"],
  ["/record", "Record"],
  ["/admin", "Admin"],
];

/** The browser's tab says where one is, and what is unread, also while another tab is in front. */
export function useTitle(): void {
  const { pathname } = useLocation();
  const isAttended = useIsAttended();
  const looksAt = useMatch(addressOfChat(":id"))?.params.id;
  // The chat one is looking at is about to be marked read.
  const besides = isAttended ? looksAt : undefined;
  const unread = useWorld((world) =>
    world.conversations.reduce((sum, each) => (each.id === besides ? sum : sum + each.unread), 0),
  );
  const person = useWorld((world) => world.conversations.find(({ id }) => id === looksAt)?.person.display_name);
  const place = person ?? NAMES.find(([beginning]) => pathname.startsWith(beginning))?.[1];
  useEffect(() => {
    const name = place === undefined ? "Deskbridge" : `${place} – Deskbridge`;
    document.title = unread > 0 ? `(${String(unread)}) ${name}` : name;
    return () => {
      document.title = "Deskbridge";
    };
  }, [unread, place]);
}
