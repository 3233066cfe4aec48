import type { Platform } from "../realtime/protocol";
import { makeConversation, makeMessage, makePerson, makeUser, makeWorld } from "./builders";
import { FakeServer } from "./fake-server";

const NAMES = ["Taylor Reed", "Robin Hale", "Ben Okafor", "José Álvarez Núñez de la Peña y Echeverría", "سارة الأحمد", "山田 太郎"];
const KINDS: Platform[][] = [["contact_center", "teams", "work"], ["teams", "work"], ["teams"], ["work"]];

/** `npm run fake`: the workspace without any server, for work on its looks. */
export function startFakeServer(): void {
  const people = Array.from({ length: 600 }, (_, index) =>
    makePerson(NAMES[index] ?? `Person ${String(index)}`, KINDS[index % 4]),
  );
  const conversations = people.slice(0, 12).map((person, index) =>
    makeConversation({ id: `c${String(index)}`, person, unread: index === 1 ? 3 : 0, reaches: ["teams"] }),
  );
  const messages = Object.fromEntries(
    conversations.map(({ id, person }) => [
      id,
      Array.from({ length: 130 }, (_, index) => {
        const isMine = index % 3 === 0;
        return makeMessage({
          conversation_id: id,
          text: `Message ${String(index)} about the invoice`,
          author: {
            person_id: isMine ? "person-anne" : person.id,
            user_id: isMine ? "user-anne" : null,
            display_name: isMine ? "Anne Archer" : person.display_name,
            platform: "teams",
          },
          created_at: new Date(Date.now() - (130 - index) * 3_600_000).toISOString(),
        });
      }),
    ]),
  );
  const me = makeUser({ role: "admin" });
  const server = new FakeServer(makeWorld({ me, conversations, messages, connection: { state: "not_connected" } }), people);
  server.install();
}
