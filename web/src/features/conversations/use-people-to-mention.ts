import { useMemo } from "react";
import { useWorld } from "../../realtime/world";
import type { Candidate } from "./mentioning";

/** Who takes part in the conversation: the other one first. */
export function usePeopleToMention(conversationId: string): Candidate[] {
  const other = useWorld((world) => world.conversations.find((each) => each.id === conversationId)?.person);
  const myPersonId = useWorld((world) => world.my_person_id);
  const myName = useWorld((world) => world.me.display_name);
  return useMemo(() => {
    const people: Candidate[] = [];
    if (other !== undefined) people.push({ id: other.id, name: other.display_name, isMe: false });
    if (myPersonId !== null) people.push({ id: myPersonId, name: myName, isMe: true });
    return people;
  }, [other, myPersonId, myName]);
}
