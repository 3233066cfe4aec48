/** Teams takes 28 KB a message, counted with the markup that it is sent with. */
export const MOST_BYTES = 28 * 1024;

const ENTITIES: Record<string, number> = { "&": 5, "<": 4, ">": 4, '"': 6, "'": 6, "\n": 4 };
const LINK = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/g;
const LINK_MARKUP = '<a href=""></a>'.length;
const PARAGRAPH = "<p></p>".length;
/** The most that one UTF-16 unit can become: an entity, twice because it may stand in a link. */
const MOST_PER_UNIT = 12;

const encoder = new TextEncoder();

/** How many bytes a plain text has once it is sent: special characters, line ends and links grow. */
export function sentBytes(text: string): number {
  return (
    PARAGRAPH + bytesOf(text) + [...text.matchAll(LINK)].reduce((sum, [link]) => sum + LINK_MARKUP + bytesOf(link), 0)
  );
}

function bytesOf(text: string): number {
  const grown = [...text.matchAll(/[&<>"'\n]/g)].reduce((sum, [each]) => sum + (ENTITIES[each] ?? 1) - 1, 0);
  return encoder.encode(text).length + grown;
}

/** Why this text cannot be sent, in a sentence; undefined when it can. */
export function whyTooLong(text: string): string | undefined {
  // Most texts are so short that they need no counting.
  if (text.length * MOST_PER_UNIT <= MOST_BYTES) return undefined;
  const bytes = sentBytes(text);
  if (bytes <= MOST_BYTES) return undefined;
  const kilobytes = (Math.ceil((bytes / 1024) * 10) / 10).toFixed(1);
  return `This message has ${kilobytes} KB; a message can have at most 28 KB. Shorten it or send it in parts.`;
}

/** A file's size as people say it. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1024) return `${String(bytes)} bytes`;
  const kilobytes = bytes / 1024;
  if (kilobytes < 1000) return `${String(Math.max(1, Math.round(kilobytes)))} KB`;
  return `${(kilobytes / 1024).toFixed(1)} MB`;
}
