import type { PresenceBadgeStatus } from "@fluentui/react-components";
import signs from "./signs.module.css";

const SHOWN: ReadonlySet<PresenceBadgeStatus> = new Set(["available", "away", "busy", "do-not-disturb", "offline"]);

/** The sign of a presence, as Teams draws it, for where there are very many. */
export function PresenceDot({ status, className = "" }: { status: PresenceBadgeStatus; className?: string | undefined }) {
  const shown = SHOWN.has(status) ? status : "unknown";
  return <span className={`${signs.presence ?? ""} ${className}`} data-status={shown} aria-hidden />;
}
