import type { Schemas } from "../../api/client";

export type Import = Schemas["ImportView"];

/** Everything about imports; whatever begins or ends one makes all of it old. */
export const importsKey = ["admin", "imports"];

export const matchesKey = ["admin", "matches"];

export function counted(count: number): string {
  return count.toLocaleString();
}
