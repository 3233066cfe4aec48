import { PresenceBadge } from "@fluentui/react-components";
import type { Presence } from "../../realtime/protocol";
import { badgeOf, presenceDetail, presenceInWords } from "../../wording/presence";
import styles from "./presence-line.module.css";

/** Presence in words, with its badge where no avatar carries one. */
export function PresenceLine({ presence, withBadge = false }: { presence: Presence | undefined; withBadge?: boolean }) {
  return (
    <span className={styles.line} title={presenceDetail(presence)}>
      {withBadge && <PresenceBadge size="extra-small" status={badgeOf(presence)} aria-hidden />}
      <span className={styles.words}>{presenceInWords(presence)}</span>
    </span>
  );
}
