import type { ReactNode } from "react";
import type { Platform } from "../../realtime/protocol";
import { PLATFORM_NAMES, PLATFORMS } from "../../wording/platforms";
import styles from "./platform-icon.module.css";

/** Our own drawings: a headset, people at a table, a briefcase. */
const DRAWINGS: Record<Platform, ReactNode> = {
  contact_center: (
    <path d="M3.5 10V8.5a4.5 4.5 0 0 1 9 0V10m-9 0a1.3 1.3 0 0 1 2.6-.2v1.7a1.3 1.3 0 0 1-2.6 0V10Zm9 0a1.3 1.3 0 0 0-2.6-.2v1.7a1.3 1.3 0 0 0 2.6 0V10Zm0 1.5c0 1.5-1.2 2.2-3.2 2.3" />
  ),
  teams: (
    <path d="M6 6.8a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm5.2.2a1.5 1.5 0 1 0 0-3M2.5 12.8v-1.3c0-1.4 1.2-2.3 3.5-2.3s3.5.9 3.5 2.3v1.3h-7Zm8.3-3.5c1.7.1 2.7.9 2.7 2.1v1.4h-1.7" />
  ),
  work: (
    <path d="M2.5 6.3c0-.6.4-1 1-1h9c.6 0 1 .4 1 1v5.7c0 .6-.4 1-1 1h-9a1 1 0 0 1-1-1V6.3Zm3.3-1V4c0-.6.4-1 1-1h2.4c.6 0 1 .4 1 1v1.3M2.5 8.8h11M8 8.2v1.6" />
  ),
};

interface Props {
  platform: Platform;
  /** When words beside it already say which platform. */
  isDecoration?: boolean;
}

export function PlatformIcon({ platform, isDecoration = false }: Props) {
  const label = PLATFORM_NAMES[platform];
  return (
    <svg
      className={styles.icon}
      data-platform={platform}
      viewBox="0 0 16 16"
      {...(isDecoration ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      {/* The browser's own tooltip: lists show hundreds of these icons, and Fluent's would slow scrolling down. */}
      {!isDecoration && <title>{label}</title>}
      {DRAWINGS[platform]}
    </svg>
  );
}

/** With slots every platform has its own place, so that a list of people reads like a table. */
export function PlatformIcons({ platforms, hasSlots = false }: { platforms: readonly Platform[]; hasSlots?: boolean }) {
  return (
    <span className={hasSlots ? styles.slots : styles.row}>
      {PLATFORMS.filter((each) => platforms.includes(each)).map((each) => (
        <PlatformIcon key={each} platform={each} />
      ))}
    </span>
  );
}
