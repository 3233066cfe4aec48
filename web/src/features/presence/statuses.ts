import type { Status, User } from "../../realtime/protocol";

/** What someone can choose: agents all of it, Work users without the break, others nothing. */
export function statusesFor(me: User): Status[] {
  if (me.licenses.includes("contact_center")) return ["Available", "Busy", "On Break", "Work Offline"];
  if (me.licenses.includes("work")) return ["Available", "Busy", "Work Offline"];
  return [];
}
