import type { Message, Platform, User } from "../../realtime/protocol";
import { dayInWords, isSameDay } from "../../wording/moments";
import { platformsInWords } from "../../wording/platforms";
import type { Pending } from "./outbox";

export type Row =
  | { type: "day"; id: string; label: string }
  | { type: "unread"; id: string }
  | { type: "reaction" | "system"; id: string; message: Message }
  | { type: "route"; id: string; label: string }
  | { type: "message"; id: string; message: Message; isOwn: boolean; isFirst: boolean; isLast: boolean }
  | { type: "pending"; id: string; pending: Pending; isFirst: boolean };

/** Messages of one author closer together than this belong together. */
const GROUP_MS = 5 * 60_000;

export interface Me {
  id: User["id"];
  personId: string | null;
}

/** Written by the reader, here or in Teams itself. */
export function isOwn(message: Message, me: Me): boolean {
  const { user_id, person_id } = message.author;
  return user_id === me.id || (person_id !== null && person_id === me.personId);
}

/** What the chat panel shows, from top to bottom. */
export function timeline(
  messages: Message[],
  pending: Pending[],
  me: Me,
  firstUnread: string | null,
  today: Date,
): Row[] {
  const rows: Row[] = [];
  let previous: Message | undefined;
  let wentTo: Platform[] = [];
  for (const message of messages) {
    if (previous === undefined || !isSameDay(previous.created_at, message.created_at)) {
      rows.push({ type: "day", id: `day-${message.id}`, label: dayInWords(message.created_at, today) });
    }
    if (message.id === firstUnread) rows.push({ type: "unread", id: "unread" });
    const goesTo = message.deliveries.map((each) => each.platform);
    if (goesTo.length > 0 && isOwn(message, me)) {
      const label = routeInWords(wentTo, goesTo);
      if (label !== null) rows.push({ type: "route", id: `route-${message.id}`, label });
      wentTo = goesTo;
    }
    rows.push(rowOf(message, me, rows.at(-1)));
    previous = message;
  }
  markLasts(rows);
  pending.forEach((each, index) => {
    rows.push({ type: "pending", id: each.client_id, pending: each, isFirst: index === 0 });
  });
  return rows;
}

/** Where messages go from here on, when the other one has gained or lost an account since the last; else null. */
function routeInWords(before: Platform[], now: Platform[]): string | null {
  const lost = before.filter((each) => !now.includes(each));
  const isSame = lost.length === 0 && before.length === now.length;
  if (before.length === 0 || isSame) return null;
  const noLonger = lost.length === 0 ? "" : `, no longer to ${platformsInWords(lost)}`;
  return `From here on to ${platformsInWords(now)}${noLonger}`;
}

function rowOf(message: Message, me: Me, before: Row | undefined): Row {
  const id = message.client_id ?? message.id;
  if (message.kind !== "message") return { type: message.kind, id, message };
  const isFirst = before?.type !== "message" || !belongTogether(before.message, message);
  return { type: "message", id, message, isOwn: isOwn(message, me), isFirst, isLast: false };
}

function belongTogether(a: Message, b: Message): boolean {
  const isSameAuthor = a.author.person_id === b.author.person_id && a.author.display_name === b.author.display_name;
  return isSameAuthor && Date.parse(b.created_at) - Date.parse(a.created_at) < GROUP_MS;
}

function markLasts(rows: Row[]): void {
  rows.forEach((row, index) => {
    const next = rows[index + 1];
    if (row.type === "message") row.isLast = next?.type !== "message" || next.isFirst;
  });
}

/** The message before which the unread divider goes: the first of the last `unread` that others wrote. */
export function firstUnreadOf(messages: Message[], unread: number, me: Me): string | null {
  if (unread <= 0) return null;
  const others = messages.filter((each) => !isOwn(each, me));
  return others.at(-Math.min(unread, others.length))?.id ?? null;
}
