import type { Conversation } from "../../realtime/protocol";
import { isOwn, type Me } from "./timeline";

function lastActivity({ last_message, started_at }: Conversation): number {
  return Date.parse(last_message?.created_at ?? started_at);
}

export function byLastActivity(conversations: Conversation[]): Conversation[] {
  return [...conversations].sort((a, b) => lastActivity(b) - lastActivity(a) || a.id.localeCompare(b.id));
}

/** The second line of a chat in the list. */
export function previewOf(conversation: Conversation, me: Me, waiting: string | undefined): string {
  const last = conversation.last_message;
  if (waiting !== undefined) return `Sending: ${waiting}`;
  if (last === null) return conversation.deleted_before == null ? "No messages yet" : "Older messages were deleted";
  if (last.kind !== "message") return last.text;
  const by = isOwn(last, me) ? "You: " : "";
  if (last.deleted_at !== null) return `${by}Message deleted`;
  return by + (last.text.trim() === "" ? "Attachment" : last.text);
}
