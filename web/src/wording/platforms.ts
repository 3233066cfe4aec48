import type { Identity, Person, Platform } from "../realtime/protocol";

export const PLATFORM_NAMES: Record<Platform, string> = {
  contact_center: "Contact Center",
  teams: "Microsoft Teams",
  work: "Work",
};

/** The order that decides which identity is the main one. */
export const PLATFORMS: readonly Platform[] = ["contact_center", "teams", "work"];

/** In the order in which the main identity is chosen. */
export function identitiesInOrder(person: Person): Identity[] {
  return [...person.identities].sort((a, b) => PLATFORMS.indexOf(a.platform) - PLATFORMS.indexOf(b.platform));
}

export function mainIdentity(person: Person): Identity | undefined {
  return identitiesInOrder(person)[0];
}

/** The identity whose presence tells whether a message reaches someone in this conversation. */
export function reachedIdentity(person: Person, reaches: readonly Platform[]): Identity | undefined {
  const ordered = identitiesInOrder(person);
  return ordered.find((each) => reaches.includes(each.platform)) ?? ordered[0];
}

/** "Microsoft Teams and Work" */
export function platformsInWords(platforms: readonly Platform[]): string {
  const names = PLATFORMS.filter((each) => platforms.includes(each)).map((each) => PLATFORM_NAMES[each]);
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}
