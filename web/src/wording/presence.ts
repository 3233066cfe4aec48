import type { PresenceBadgeStatus } from "@fluentui/react-components";
import type { KnownPresence } from "../realtime/presence-board";
import type { Availability, Presence, Status } from "../realtime/protocol";
import { timeOfDay } from "./moments";
import { PLATFORM_NAMES } from "./platforms";

const BADGES: Record<Availability, PresenceBadgeStatus> = {
  available: "available",
  busy: "busy",
  do_not_disturb: "do-not-disturb",
  away: "away",
  be_right_back: "away",
  offline: "offline",
  unknown: "unknown",
};

const WORDS: Record<Availability, string> = {
  available: "Available",
  busy: "Busy",
  do_not_disturb: "Do not disturb",
  away: "Away",
  be_right_back: "Be right back",
  offline: "Offline",
  unknown: "Unknown",
};

const BY_STATUS: Record<Status, PresenceBadgeStatus> = {
  Available: "available",
  Busy: "busy",
  "On Break": "away",
  "Work Offline": "offline",
  "Logged Out": "offline",
};

export function badgeOf(presence: Presence | undefined): PresenceBadgeStatus {
  return BADGES[presence?.availability ?? "unknown"];
}

export function badgeOfStatus(status: Status): PresenceBadgeStatus {
  return BY_STATUS[status];
}

/** What the source said in its own words, else ours; unknown is never called offline. */
export function presenceInWords(presence: Presence | undefined): string {
  if (presence === undefined) return WORDS.unknown;
  return presence.activity === "" ? WORDS[presence.availability] : presence.activity;
}

/** Where it comes from and how old it is, or that its source is silent. */
export function presenceDetail(presence: KnownPresence | undefined): string {
  if (presence === undefined) return "Nobody tells us this presence";
  const source = presence.source === "teams" ? PLATFORM_NAMES.teams : "this workspace";
  if (presence.isLost === true) return `No longer told by ${source}`;
  if (presence.as_of === null) return `Not told by ${source}`;
  return presence.live === true ? `Live from ${source}` : `From ${source}, as of ${timeOfDay(presence.as_of)}`;
}
