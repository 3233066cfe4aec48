const FIRST_MS = 500;
const LONGEST_MS = 15_000;
/** Gentle, because a restarted server is back after a few seconds and should be found soon. */
const GROWTH = 1.5;

/** How long to wait before attempt number `attempt` (from 0): growing, capped, and spread so that
 * thousands of browsers do not come back to a restarted server in the same instant. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * GROWTH ** Math.min(attempt, 20));
  return full * (0.5 + random() / 2);
}
