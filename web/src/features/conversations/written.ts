import type { JSONContent } from "@tiptap/core";

/** What somebody wrote: its words, and its HTML where it is more than words. */
export interface Written {
  text: string;
  html: string | null;
  /** Files that the server has already, and that go along. */
  files?: SentFile[];
}

export interface SentFile {
  id: string;
  name: string;
  size: number;
}

const EMPTY = "<p></p>";

/** Plain text as the editor holds it: a paragraph for each line. */
export function htmlFromText(text: string): string {
  const escape = (line: string) => line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return text
    .split("\n")
    .map((line) => `<p>${escape(line)}</p>`)
    .join("");
}

/** What was written together with pictures, which stand below the words. */
export function withPictures({ text, html }: Written, pictures: { address: string | null; name: string }[]): Written {
  const given = pictures.filter(({ address }) => address !== null);
  const shown = given.map(({ address, name }) => imageOf(address ?? "", name));
  if (shown.length === 0) return { text, html };
  const words = text.trim() === "" ? "" : (html ?? htmlFromText(text));
  const names = given.map(({ name }) => name);
  return { text: [text, ...names].filter(Boolean).join("\n"), html: `${words}<p>${shown.join(" ")}</p>` };
}

function imageOf(address: string, name: string): string {
  const image = document.createElement("img");
  image.setAttribute("src", address);
  image.setAttribute("alt", name);
  return image.outerHTML;
}

/** Lines and nothing else: such a message needs no markup to be said. */
export function isPlain(document: JSONContent): boolean {
  const blocks = document.content ?? [];
  return blocks.every((block) => block.type === "paragraph" && (block.content ?? []).every(isPlainInline));
}

function isPlainInline(inline: JSONContent): boolean {
  if (inline.type === "hardBreak") return true;
  // A link that is its own text becomes one again by itself.
  return inline.type === "text" && (inline.marks ?? []).every((mark) => isOwnText(inline.text, mark.attrs?.href));
}

function isOwnText(text: string | undefined, href: unknown): boolean {
  return typeof href === "string" && text === href && /^https?:/.test(href);
}

/** Without what is empty at its beginning and its end. */
export function trimmed(html: string): string {
  return html.replace(/^(?:<p>(?:\s|<br>)*<\/p>)+/, "").replace(/(?:<p>(?:\s|<br>)*<\/p>)+$/, "");
}

export function isEmptyHtml(html: string): boolean {
  return html === "" || html === EMPTY || trimmed(html) === "";
}
