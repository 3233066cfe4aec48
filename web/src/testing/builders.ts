import type { Schemas } from "../api/client";
import type { World } from "../realtime/apply-event";
import type { Conversation, Identity, Message, Person, Platform, User } from "../realtime/protocol";

let made = 0;

function id(prefix: string): string {
  made += 1;
  return `${prefix}-${String(made)}`;
}

export const NOW = "2026-11-22T14:00:00Z";

export function makeUser(over: Partial<User> = {}): User {
  return {
    id: "user-anne",
    account_id: "account-1",
    username: "anne",
    display_name: "Anne Archer",
    email: "anne@contoso.example",
    job_title: "Support agent",
    department: "Support",
    role: "agent",
    licenses: ["contact_center"],
    status: "Available",
    status_since: NOW,
    suspended: false,
    ...over,
  };
}

export function makeIdentity(platform: Platform, name: string, over: Partial<Identity> = {}): Identity {
  return {
    id: id(`identity-${platform}`),
    platform,
    display_name: name,
    address: `${name.split(" ")[0]?.toLowerCase() ?? "someone"}@contoso.example`,
    job_title: "Billing specialist",
    department: "Finance",
    user_id: null,
    ...over,
  };
}

export function makePerson(name: string, platforms: Platform[] = ["teams"], over: Partial<Person> = {}): Person {
  return {
    id: id("person"),
    display_name: name,
    job_title: "Billing specialist",
    department: "Finance",
    identities: platforms.map((each) => makeIdentity(each, name)),
    ...over,
  };
}

export function makeMessage(over: Partial<Message> = {}): Message {
  const messageId = id("message");
  const text = over.text ?? "Hello there.";
  return {
    id: messageId,
    conversation_id: "conversation-1",
    client_id: null,
    position: made,
    revision: 1,
    kind: "message",
    author: { person_id: "person-robin", user_id: null, display_name: "Robin Hale", platform: "teams" },
    html: `<p>${text}</p>`,
    text,
    attachments: [],
    created_at: NOW,
    edited_at: null,
    deleted_at: null,
    refers_to: null,
    quote: null,
    reactions: [],
    deliveries: [],
    changes: [],
    ...over,
  };
}

export function makeConversation(over: Partial<Conversation> = {}): Conversation {
  return {
    id: "conversation-1",
    kind: "messenger",
    revision: 1,
    person: makePerson("Robin Hale", ["teams", "work"]),
    reaches: ["teams", "work"],
    started_at: NOW,
    last_message: null,
    unread: 0,
    complete_up_to: NOW,
    ...over,
  };
}

export function makeWorld(over: Partial<World> = {}): World {
  return {
    version: "epoch.1",
    me: makeUser(),
    my_person_id: "person-anne",
    file_limit_mb: 25,
    drawer_key: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    account: {
      id: "account-1",
      name: "Contoso",
      teams_chat_enabled: true,
      agent_status_in_teams: false,
      files_to_teams: false,
      second_factor_required: false,
    },
    connection: {
      state: "connected",
      microsoft_name: "Anne Archer",
      microsoft_username: "anne@contoso.example",
      since: NOW,
      reason: null,
      remedy: null,
    },
    conversations: [],
    messages: {},
    ...over,
  };
}

export const IMPORT_SETTINGS = { at: "02:00", time_zone: "UTC", guests: true, domains: [], groups: [] };

/** A row of the admin's list of users. */
export function makeAdminUser({ me, connection }: Pick<World, "me" | "connection">, over: Partial<Schemas["AdminUser"]> = {}): Schemas["AdminUser"] {
  return { user: { ...me, suspended: me.suspended ?? false }, connection, microsoft_number: null, has_second_factor: false, ...over };
}

export const LICENSE_COUNTS = { users: 1, suspended: 0, contact_center: 1, work: 0, connected: 1, without_second_factor: 1 };

/** The admin's list of users, on one page. */
export function makeUserPage(...users: Schemas["AdminUser"][]): Schemas["AdminUserPage"] {
  return { users, next: null, total: users.length };
}
