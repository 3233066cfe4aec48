import { useState } from "react";
import type { Message } from "../../realtime/protocol";
import { isOwn, type Me } from "./timeline";

/** Reads out what arrives while the chat is open, and nothing of what was there before. */
export function LiveRegion({ messages, me }: { messages: Message[]; me: Me }) {
  const newest = messages.at(-1);
  const [opened] = useState(newest?.position ?? -1);
  const isNews = newest !== undefined && newest.position > opened && !isOwn(newest, me);
  const words = isNews ? wordsOf(newest) : "";

  return (
    <div className="visually-hidden" aria-live="polite">
      {words}
    </div>
  );
}

function wordsOf(message: Message): string {
  return message.kind === "message" ? `${message.author.display_name}: ${message.text}` : message.text;
}
