import type { Account, Connection, Conversation, FeedEvent, Message, User } from "./protocol";

/** How much of a conversation's past is here: everything from the first message on when `earlier` is null. */
export interface History {
  state: "loading" | "ready" | "stale";
  /** Nothing was read yet: what is here of the messages came while the newest ones are on their way. */
  isFirst?: boolean;
  earlier: number | null;
  /** The last position that is here, while that is not where the conversation ends: one is reading long ago. */
  later?: number | null;
  /** What came meanwhile; it follows once everything between is here too. */
  tail?: Message[];
}

/** All that the workspace shows: the server's snapshot and the messages of the conversations opened so far. */
export interface World {
  version: string;
  me: User;
  my_person_id: string | null;
  account: Account;
  connection: Connection;
  conversations: Conversation[];
  /** How large a file may be that goes with a message. */
  file_limit_mb: number;
  /** With it this browser seals what it keeps of the user; nowhere but in memory. */
  drawer_key: string;
  messages: Record<string, Message[]>;
  history?: Record<string, History>;
  /** How many snapshots there were so far: pages that were asked for before the last one may lack what it knows. */
  snapshots?: number;
  /** Whether Teams chat was switched on in the last snapshot. */
  isOfTeams?: boolean;
}

/** The world after one event. Pure: the same rule is proved in Python and here by shared golden files. */
export function applyEvent(world: World, event: FeedEvent): World {
  switch (event.type) {
    case "message_changed":
      return withMessage(world, event.message);
    case "conversation_changed":
      return withConversation(world, event.conversation);
    case "messages_deleted":
      return withoutMessages(world, event.conversation_id, new Set(event.message_ids));
    case "me_changed":
      return { ...world, me: event.me };
    case "connection_changed":
      return { ...world, connection: event.connection };
    case "account_changed":
      return { ...world, account: event.account };
    default:
      return unheardOf(event, world);
  }
}

function unheardOf(event: never, world: World): World {
  console.warn("An event of a kind that this page does not know", event);
  return world;
}

/** A conversation put where its id is; the higher revision wins. */
export function withConversation(world: World, conversation: Conversation): World {
  const held = world.conversations.find((each) => each.id === conversation.id);
  if (held === undefined) return { ...world, conversations: [...world.conversations, conversation] };
  if (held.revision >= conversation.revision) return world;
  return {
    ...world,
    conversations: world.conversations.map((each) => (each.id === conversation.id ? conversation : each)),
  };
}

/** What the organization no longer keeps is gone; the conversation itself comes with an event of its own. */
function withoutMessages(world: World, id: string, gone: Set<string>): World {
  const held = world.messages[id];
  if (held === undefined) return world;
  const kept = (each: Message) => !gone.has(each.id);
  const history = world.history?.[id];
  const changed = { ...world, messages: { ...world.messages, [id]: held.filter(kept) } };
  if (history?.tail === undefined) return changed;
  return { ...changed, history: { ...world.history, [id]: { ...history, tail: history.tail.filter(kept) } } };
}

/** A message put into its conversation, and into the chats list where it is the last one shown. */
export function withMessage(world: World, message: Message): World {
  const id = message.conversation_id;
  const held = world.messages[id];
  const history = world.history?.[id];
  if (history?.later != null && message.position > history.later) {
    const waiting = { ...history, tail: mergeMessages(history.tail ?? [], [message]) };
    world = { ...world, history: { ...world.history, [id]: waiting } };
  }
  const messages =
    held === undefined || isOutsideLoaded(held, message, history)
      ? world.messages
      : { ...world.messages, [id]: mergeMessages(held, [message]) };
  const conversations = world.conversations.map((each) =>
    each.last_message?.id === message.id && each.last_message.revision < message.revision
      ? { ...each, last_message: message }
      : each,
  );
  return { ...world, messages, conversations };
}

/** Showing a message from before the loaded part, or after it, would hide the gap between. */
function isOutsideLoaded(held: Message[], message: Message, history: History | undefined): boolean {
  const first = held[0];
  if (history?.later != null && message.position > history.later) return true;
  if (history === undefined || history.earlier === null || first === undefined) return false;
  return message.position < first.position;
}

/** Both lists as one, in the conversation's order; of two versions of a message the higher revision stays. */
export function mergeMessages(held: Message[], incoming: Message[]): Message[] {
  const byId = new Map(held.map((each) => [each.id, each]));
  let changed = false;
  for (const message of incoming) {
    const known = byId.get(message.id);
    if (known !== undefined && known.revision >= message.revision) continue;
    byId.set(message.id, message);
    changed = true;
  }
  return changed ? [...byId.values()].sort((a, b) => a.position - b.position) : held;
}
