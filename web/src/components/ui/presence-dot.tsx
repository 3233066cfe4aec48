import type { PresenceBadgeStatus } from "@fluentui/react-components";
import {
  PresenceAvailable10Filled,
  PresenceAway10Filled,
  PresenceBusy10Filled,
  PresenceDnd10Filled,
  PresenceOffline10Regular,
  PresenceUnknown10Regular,
  type FluentIcon,
} from "@fluentui/react-icons";
import styles from "./presence-dot.module.css";

type Shown = "available" | "away" | "busy" | "do-not-disturb" | "offline" | "unknown";

const ICONS: Record<Shown, FluentIcon> = {
  available: PresenceAvailable10Filled,
  away: PresenceAway10Filled,
  busy: PresenceBusy10Filled,
  "do-not-disturb": PresenceDnd10Filled,
  offline: PresenceOffline10Regular,
  unknown: PresenceUnknown10Regular,
};

/** The sign of a presence, as Teams draws it, for where there are very many. */
export function PresenceDot({ status, className = "" }: { status: PresenceBadgeStatus; className?: string | undefined }) {
  const shown = status in ICONS ? (status as Shown) : "unknown";
  const Icon = ICONS[shown];
  return (
    <span className={`${styles.dot ?? ""} ${className}`} data-status={shown} aria-hidden>
      <Icon />
    </span>
  );
}
