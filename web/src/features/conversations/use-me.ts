import { useMemo } from "react";
import { useWorld } from "../../realtime/world";
import type { Me } from "./timeline";

/** Who the reader is, to tell own messages from others'. */
export function useMe(): Me {
  const id = useWorld((world) => world.me.id);
  const personId = useWorld((world) => world.my_person_id);
  return useMemo(() => ({ id, personId }), [id, personId]);
}
