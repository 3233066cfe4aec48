import { useMemo } from "react";
import type { Conversation, Person } from "../../realtime/protocol";
import { tellApart } from "../../wording/namesakes";
import { identitiesInOrder, platformsInWords } from "../../wording/platforms";
import { useConversations } from "./use-conversations";

const title = (person: Person) => person.job_title ?? "";
const department = (person: Person) => person.department ?? "";
const address = (person: Person) => identitiesInOrder(person).find((each) => each.address !== null)?.address ?? "";
const reached = ({ reaches }: Conversation) => platformsInWords(reaches);

/** What tells chats apart whose people are called the same, by the chats' ids; nothing of those with a name of their own. */
export function useApart(): Map<string, string> {
  const conversations = useConversations();
  return useMemo(
    () =>
      tellApart(conversations, ({ person }) => person.display_name, [
        ({ person }) => title(person),
        ({ person }) => department(person),
        ({ person }) => address(person),
        // With one person there may be two chats: one with the agent, one with their other accounts.
        reached,
        (each) => [address(each.person), reached(each)].filter((words) => words !== "").join(" · "),
      ]),
    [conversations],
  );
}

/** The same for people. */
export function peopleApart(people: readonly Person[]): Map<string, string> {
  return tellApart(people, ({ display_name }) => display_name, [title, department, address]);
}
