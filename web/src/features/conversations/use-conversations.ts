import { useMemo } from "react";
import type { Conversation } from "../../realtime/protocol";
import { useWorld } from "../../realtime/world";

/** The chats as the organization's switches let them be: without Teams chat nothing of Teams is shown or offered. */
export function useConversations(): Conversation[] {
  const conversations = useWorld((world) => world.conversations);
  const hasTeams = useWorld((world) => world.account.teams_chat_enabled);
  return useMemo(() => (hasTeams ? conversations : conversations.map(withoutTeams)), [conversations, hasTeams]);
}

export function withoutTeams(conversation: Conversation): Conversation {
  const { person, reaches } = conversation;
  return {
    ...conversation,
    person: { ...person, identities: person.identities.filter(({ platform }) => platform !== "teams") },
    reaches: reaches.filter((platform) => platform !== "teams"),
  };
}
