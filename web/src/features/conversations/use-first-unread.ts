import { useState } from "react";
import type { Conversation, Message } from "../../realtime/protocol";
import { firstUnreadOf, isOwn, type Me } from "./timeline";

/** Where the unread divider stands: where reading began, until one writes or leaves the chat.
 * Messages that come while one looks on need no divider; those that come while one is away do. */
export function useFirstUnread(conversation: Conversation, messages: Message[], me: Me, isAttended: boolean) {
  const [divider, setDivider] = useState<string | null>(null);
  const [seen, setSeen] = useState({ unread: 0, last: "" });
  const last = messages.at(-1);

  if (last !== undefined && (seen.unread !== conversation.unread || seen.last !== last.id)) {
    const isOpening = seen.last === "";
    setSeen({ unread: conversation.unread, last: last.id });
    if (seen.last !== last.id && isOwn(last, me)) setDivider(null);
    else if (conversation.unread > 0 && (isOpening || (!isAttended && seen.unread === 0))) {
      setDivider(firstUnreadOf(messages, conversation.unread, me));
    }
  }
  return divider;
}
