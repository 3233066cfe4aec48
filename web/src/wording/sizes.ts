/** Teams takes 28 KB a message. */
export const MOST_BYTES = 28 * 1024;

const encoder = new TextEncoder();

export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** Why this text cannot be sent, in a sentence; undefined when it can. */
export function whyTooLong(text: string): string | undefined {
  // A character takes at most three bytes for each of its UTF-16 units, so short texts need no counting.
  if (text.length * 3 <= MOST_BYTES) return undefined;
  const bytes = bytesOf(text);
  if (bytes <= MOST_BYTES) return undefined;
  const kilobytes = (Math.ceil((bytes / 1024) * 10) / 10).toFixed(1);
  return `This message has ${kilobytes} KB; a message can have at most 28 KB. Shorten it or send it in parts.`;
}
