import type { Conversation } from "../../realtime/protocol";
import styles from "./message-list.module.css";

/** Says, where the conversation begins, that it began earlier. */
export function DeletedNote({ conversation }: { conversation: Conversation }) {
  const { deleted_before: before, deleted_after_days: days } = conversation;
  if (before == null || days == null) return null;
  // The day is one of UTC, as the server counts; in the reader's own zone it could read as the day before.
  const day = new Date(before).toLocaleDateString(undefined, { dateStyle: "long", timeZone: "UTC" });
  return (
    <p className={styles.deleted}>
      Messages before {day} were deleted after {days === 1 ? "1 day" : `${days.toLocaleString()} days`}.
    </p>
  );
}
