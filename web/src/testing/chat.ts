import type { Message } from "../realtime/protocol";
import { makeConversation, makePerson, makeWorld } from "./builders";
import { FakeServer } from "./fake-server";

/** Where the chat with Robin is. */
export const CHAT = "/chats/conversation-1";

const robin = makePerson("Robin Hale", ["teams", "work"]);

/** The workspace of Anne, who has a chat with Robin with these messages. */
export function serverWith(...messages: Message[]): FakeServer {
  const conversation = makeConversation({ person: robin, unread: 1 });
  return new FakeServer(makeWorld({ conversations: [conversation], messages: { "conversation-1": messages } }), [
    robin,
  ]);
}
