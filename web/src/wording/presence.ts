import type { PresenceBadgeStatus } from "@fluentui/react-components";
import type { Availability, Presence, Status } from "../realtime/protocol";
import { timeOfDay } from "./moments";

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

/** Where it comes from and how old it is, for those who hover. */
export function presenceDetail(presence: Presence | undefined): string {
  if (presence?.as_of == null) return "Nobody has told us this presence yet";
  if (presence.live === true) return "As it is now";
  return `As of ${timeOfDay(presence.as_of)}`;
}
