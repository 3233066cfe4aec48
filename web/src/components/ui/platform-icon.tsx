import type { Platform } from "../../realtime/protocol";
import { PLATFORM_NAMES, PLATFORMS } from "../../wording/platforms";
import styles from "./platform-icon.module.css";
import signs from "./signs.module.css";

interface Props {
  platform: Platform;
  /** When words beside it already say which platform. */
  isDecoration?: boolean;
}

/** Our own drawings: a headset, people at a table, a briefcase. */
export function PlatformIcon({ platform, isDecoration = false }: Props) {
  if (isDecoration) return <span className={signs.platform} data-platform={platform} aria-hidden />;
  const label = PLATFORM_NAMES[platform];
  // The browser's own tooltip: lists show hundreds of these icons, and Fluent's would slow scrolling down.
  return <span className={signs.platform} data-platform={platform} role="img" aria-label={label} title={label} />;
}

/** With a place for each platform, so that a list of people reads like a table; `className` says where it stands. */
export function PlatformSlots({ platforms, className = "" }: { platforms: readonly Platform[]; className?: string | undefined }) {
  return <span className={`${styles.slots ?? ""} ${className}`}>{iconsOf(platforms)}</span>;
}

export function PlatformIcons({ platforms }: { platforms: readonly Platform[] }) {
  return <span className={styles.row}>{iconsOf(platforms)}</span>;
}

function iconsOf(platforms: readonly Platform[]) {
  return PLATFORMS.filter((each) => platforms.includes(each)).map((each) => <PlatformIcon key={each} platform={each} />);
}
