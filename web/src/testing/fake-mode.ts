import type { Message, Platform } from "../realtime/protocol";
import { makeConversation, makeMessage, makePerson, makeUser, makeWorld } from "./builders";
import { FakeServer } from "./fake-server";

const NAMES = [
  "Taylor Reed",
  "Robin Hale",
  "Ben Okafor",
  "José Álvarez Núñez de la Peña y Echeverría",
  "سارة الأحمد",
  "山田 太郎",
];
const KINDS: Platform[][] = [["contact_center", "teams", "work"], ["teams", "work"], ["teams"], ["work"]];
const AVAILABILITIES = ["available", "busy", "away", "offline", "do_not_disturb"] as const;

const ANNE = {
  person_id: "person-anne",
  user_id: "user-anne",
  display_name: "Anne Archer",
  platform: "contact_center" as const,
};

function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}

function sent(platform: Platform, state: "queued" | "sent" | "failed", reason: string | null = null) {
  return { platform, state, reason, changed_at: minutesAgo(1) };
}

/** Every look that a message can have. */
function showcase(id: string, name: string): Message[] {
  const theirs = { person_id: "person-robin", user_id: null, display_name: name, platform: "teams" as const };
  const say = (minutes: number, over: Partial<Message>) =>
    makeMessage({ conversation_id: id, author: theirs, created_at: minutesAgo(minutes), ...over });
  return [
    ...Array.from({ length: 80 }, (_, index) => say(5_000 - index * 40, { text: `Earlier message ${String(index)}` })),
    say(190, {
      author: ANNE,
      text: "Hi, is the invoice 4711 paid?",
      deliveries: [sent("teams", "sent"), sent("work", "sent")],
      reactions: [
        { reaction: "👍", by: [name], user_ids: [] },
        { reaction: "❤️", by: [name, "Taylor Reed"], user_ids: [] },
      ],
    }),
    say(189, { kind: "reaction", text: `${name} reacted 👍 to “Hi, is the invoice 4711 paid?”` }),
    say(185, { html: "<p>Let me look.</p>" }),
    say(184, {
      html: "<p>It is:</p><ul><li>4711 <strong>paid</strong></li><li>4712 open, see <a href='https://contoso.example/a'>the list</a></li></ul><blockquote>Hi, is the invoice 4711 paid?</blockquote><pre>SELECT * FROM invoices WHERE number = 4711 AND customer_name LIKE '%a very long line of code%';</pre>",
      edited_at: minutesAgo(100),
    }),
    say(90, { html: "", text: "", deleted_at: minutesAgo(80) }),
    say(60, { author: { ...ANNE, platform: "teams" }, text: "I will call them from Teams then." }),
    say(30, {
      author: ANNE,
      text: "Could you send me the dunning letter as well? The customer says that nothing ever arrived, neither by mail nor by post, and would like a copy of everything that we have.",
      deliveries: [
        sent("teams", "failed", "Robin’s account cannot receive messages from outside."),
        sent("work", "sent"),
      ],
    }),
    say(29, {
      author: ANNE,
      text: "Averyveryverylongwordwithoutanyspaces".repeat(6),
      deliveries: [sent("teams", "queued"), sent("work", "queued")],
    }),
    say(28, {
      author: ANNE,
      text: "I have corrected the amount: 120 €.",
      edited_at: minutesAgo(1),
      deliveries: [sent("teams", "sent"), sent("work", "sent")],
      changes: [
        { kind: "edit", reaction: null, platform: "teams", state: "queued", reason: null, changed_at: minutesAgo(1) },
      ],
    }),
    say(27, {
      author: ANNE,
      html: "",
      text: "",
      deleted_at: minutesAgo(1),
      deliveries: [sent("teams", "sent")],
      changes: [
        {
          kind: "deletion",
          reaction: null,
          platform: "teams",
          state: "failed",
          reason: "Microsoft Teams refused the message (Forbidden). Try again; if it stays, tell your administrator.",
          changed_at: minutesAgo(1),
        },
      ],
    }),
    say(24, {
      text: "Yes please, by mail.",
      quote: { message_id: "m", author_name: "Anne Archer", text: "I have corrected the amount: 120 €." },
    }),
    say(20, {
      text: "Thank you, that helps!",
      reactions: [
        { reaction: "🎉", by: ["Anne Archer"], user_ids: ["user-anne"] },
        { reaction: "Party parrot of the whole department", by: [name], user_ids: [] },
      ],
    }),
    say(3, { text: "مرحبا، نعم سأرسلها" }),
    say(2, { text: "👍" }),
  ];
}

/** `npm run fake`: the workspace without any server, for work on its looks. */
export function startFakeServer(): void {
  const people = Array.from({ length: 600 }, (_, index) =>
    makePerson(NAMES[index] ?? `Person ${String(index)}`, KINDS[index % 4]),
  );
  const messages = Object.fromEntries(
    people.slice(0, 12).map((each, index) => [`c${String(index)}`, showcase(`c${String(index)}`, each.display_name)]),
  );
  const conversations = people.slice(0, 12).map((person, index) =>
    makeConversation({
      id: `c${String(index)}`,
      person,
      unread: index === 1 ? 2 : 0,
      reaches: ["teams", "work"],
      last_message: messages[`c${String(index)}`]?.at(-1) ?? null,
    }),
  );
  const state = new URLSearchParams(globalThis.location.search).get("connection");
  const connection =
    state === "lost"
      ? { state: "lost" as const, remedy: "Your Microsoft sign-in has expired. Sign in again." }
      : { state: "not_connected" as const };
  const server = new FakeServer(
    makeWorld({ me: makeUser({ role: "admin" }), conversations, messages, connection }),
    people,
  );
  people.forEach(({ identities }, index) => {
    for (const { id } of identities) {
      const availability = AVAILABILITIES[index % 6];
      if (availability !== undefined)
        server.presences[id] = { availability, activity: "", source: "teams", as_of: minutesAgo(3) };
    }
  });
  server.install();
}
