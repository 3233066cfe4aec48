import { memo } from "react";
import { timeOfDay } from "../../wording/moments";
import { MessageBubble } from "./message-bubble";
import { PendingBubble } from "./pending-bubble";
import type { Row } from "./timeline";
import styles from "./timeline-row.module.css";

export const TimelineRow = memo(function TimelineRow({ row }: { row: Row }) {
  switch (row.type) {
    case "day":
      return (
        <li className={styles.day}>
          <span>{row.label}</span>
        </li>
      );
    case "unread":
      return (
        <li className={styles.unread} data-unread>
          <span>New</span>
        </li>
      );
    case "route":
      return <li className={styles.line}>{row.label}</li>;
    case "reaction":
    case "system":
      return (
        <li className={styles.line} data-kind={row.type}>
          <span dir="auto">{row.message.text}</span>{" "}
          <time dateTime={row.message.created_at}>{timeOfDay(row.message.created_at)}</time>
        </li>
      );
    case "message":
      return <MessageBubble {...row} />;
    case "pending":
      return <PendingBubble {...row} />;
  }
}, isSameRow);

/** Rows are made anew for each change; most of them still say the same. */
function isSameRow({ row: a }: { row: Row }, { row: b }: { row: Row }): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Row>;
  return [...keys].every((key) => a[key] === b[key]);
}
