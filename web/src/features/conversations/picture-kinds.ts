import { sizeInWords } from "../../wording/sizes";

/** What Teams takes: of one picture, and of all pictures of a message. */
export const MOST_PICTURE = 4 * 1024 * 1024;
export const PICTURE_KINDS = "image/png,image/jpeg,image/gif,image/webp";
/** Files of one message, as the server takes them. */
export const MOST_FILES = 10;

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
export function whyNotAttached(file: { size: number }, limitMb: number): string | null {
  if (file.size === 0) return "This file is empty.";
  if (file.size <= limitMb * 1024 * 1024) return null;
  return `It has ${sizeInWords(file.size)}; a file can have at most ${String(limitMb)} MB. Send it in another way.`;
}

/** Why this cannot be a picture of a message, in a sentence; null when it may. */
export function whyNoPicture(file: { size: number }): string | null {
  if (file.size === 0) return "This file is empty.";
  if (file.size <= MOST_PICTURE) return null;
  return `It has ${sizeInWords(file.size)}; a picture can have at most 4 MB. Make it smaller, then attach it.`;
}

interface Chosen {
  kind: "picture" | "file";
  size: number;
  problem: string | null;
}

/** Whether a message that shows these pictures can show one more; else it goes as a file. */
export function hasRoomFor(size: number, attached: Chosen[]): boolean {
  const shown = attached.filter(({ kind, problem }) => kind === "picture" && problem === null);
  return shown.reduce((sum, each) => sum + each.size, size) <= MOST_PICTURE;
}

/** Why these cannot go together; undefined when they can. */
export function whyTooMuch(attached: Chosen[], isOffForTeams: boolean): string | undefined {
  const files = attached.filter(({ kind, problem }) => kind === "file" && problem === null);
  if (files.length > MOST_FILES) {
    return `These are ${String(files.length)} files; a message takes ${String(MOST_FILES)}. Send some of them in the next message.`;
  }
  if (files.length === 0 || !isOffForTeams) return undefined;
  return "Files to Microsoft Teams are switched off. Remove them, or ask your administrator to switch them on.";
}
