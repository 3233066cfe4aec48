import { sizeInWords } from "../../wording/sizes";

/** What Teams takes: of one picture, and of all pictures of a message. */
export const MOST_PICTURE = 4 * 1024 * 1024;
export const PICTURE_KINDS = "image/png,image/jpeg,image/gif,image/webp";

const MAGIC: [number, number[]][] = [
  [0, [0x89, 0x50, 0x4e, 0x47]],
  [0, [0xff, 0xd8, 0xff]],
  [0, [0x47, 0x49, 0x46, 0x38]],
  [8, [0x57, 0x45, 0x42, 0x50]],
];

/** Its first bytes say so: the server looks at nothing else either. */
export async function isPicture(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  return MAGIC.some(([at, bytes]) => bytes.every((byte, index) => head[at + index] === byte));
}

/** Why this cannot go with a message, in a sentence; null when it may. */
export function whyNotAttached(file: { size: number }): string | null {
  if (file.size === 0) return "This file is empty.";
  if (file.size <= MOST_PICTURE) return null;
  return `It has ${sizeInWords(file.size)}; a picture can have at most 4 MB. Make it smaller, then attach it.`;
}

/** Why these cannot go together; undefined when they can. */
export function whyTooMuch(attached: { size: number; problem: string | null }[]): string | undefined {
  const size = attached.reduce((sum, each) => sum + (each.problem === null ? each.size : 0), 0);
  if (size <= MOST_PICTURE) return undefined;
  return `The pictures have ${sizeInWords(size)} together; a message takes 4 MB. Send some of them in the next message.`;
}
