import type { KnownPresence } from "../../realtime/presence-board";
import { badgeOf, presenceDetail, presenceInWords } from "../../wording/presence";
import { PresenceDot } from "./presence-dot";
import styles from "./presence-line.module.css";

interface Props {
  presence: KnownPresence | undefined;
  withBadge?: boolean;
}

/** Presence in words, with its badge where no avatar carries one. */
export function PresenceLine({ presence, withBadge = false }: Props) {
  const words = (
    <span className={styles.words} title={presenceDetail(presence)}>
      {presenceInWords(presence)}
    </span>
  );
  if (!withBadge) return words;
  return (
    <span className={styles.line}>
      <PresenceDot status={badgeOf(presence)} />
      {words}
    </span>
  );
}
