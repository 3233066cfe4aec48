const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** How long to wait before attempt number `attempt` (from 0): doubling, capped, and spread so that
 * thousands of browsers do not come back to a restarted server in the same instant. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return full * (0.5 + random() / 2);
}
