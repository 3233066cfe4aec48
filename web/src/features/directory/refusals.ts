import { createContext, useContext } from "react";

/** Why identities on the page may not be contacted, by their id, as the organization's policy has it. */
export const Refusals = createContext<Readonly<Record<string, string>>>({});

export function useRefusal(identityId: string | undefined): string | undefined {
  const refusals = useContext(Refusals);
  return identityId === undefined ? undefined : refusals[identityId];
}
