import type { Presence } from "../../realtime/protocol";
import { badgeOf, presenceDetail, presenceInWords } from "../../wording/presence";
import { PresenceDot } from "./presence-dot";
import styles from "./presence-line.module.css";

/** Presence in words, with its badge where no avatar carries one. */
export function PresenceLine({ presence, withBadge = false }: { presence: Presence | undefined; withBadge?: boolean }) {
  return (
    <span className={styles.line} title={presenceDetail(presence)}>
      {withBadge && <PresenceDot status={badgeOf(presence)} />}
      <span className={styles.words}>{presenceInWords(presence)}</span>
    </span>
  );
}
