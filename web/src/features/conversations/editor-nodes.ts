import { Node } from "@tiptap/core";
import { Placeholder } from "@tiptap/extensions";
import { StarterKit } from "@tiptap/starter-kit";

/** Somebody of the conversation, named: one thing, removed as one. */
const Mention = Node.create({
  name: "mention",
  group: "inline",
  inline: true,
  atom: true,
  selectable: false,
  addAttributes: () => ({
    person: { default: "", parseHTML: (element: HTMLElement) => element.dataset.person ?? "" },
    label: { default: "", parseHTML: (element: HTMLElement) => element.textContent },
  }),
  parseHTML: () => [{ tag: "span.mention[data-person]" }],
  renderHTML: ({ node }) => [
    "span",
    { class: "mention", "data-person": String(node.attrs.person) },
    String(node.attrs.label),
  ],
  renderText: ({ node }) => String(node.attrs.label),
});

/** A picture that the message has already; others are not let in. */
const Picture = Node.create({
  name: "picture",
  group: "inline",
  inline: true,
  atom: true,
  addAttributes: () => ({ src: { default: "" }, alt: { default: "Image" } }),
  parseHTML: () => [{ tag: 'img[src^="/api/v1/conversations/"]' }],
  renderHTML: ({ node }) => ["img", { src: String(node.attrs.src), alt: String(node.attrs.alt) }],
  renderText: ({ node }) => String(node.attrs.alt),
});

/** What can be written: as much of what Teams shows as people use, with the shortcuts that they know from it. */
export function editorExtensions(placeholder: string) {
  return [
    StarterKit.configure({
      heading: false,
      horizontalRule: false,
      trailingNode: false,
      dropcursor: false,
      gapcursor: false,
      link: { openOnClick: false, defaultProtocol: "https" },
    }),
    Placeholder.configure({ placeholder }),
    Mention,
    Picture,
  ];
}
