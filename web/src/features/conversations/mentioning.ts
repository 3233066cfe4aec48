import type { Editor } from "@tiptap/core";

export interface Candidate {
  id: string;
  name: string;
  isMe: boolean;
}

/** What is being typed after an @, and where it stands. */
export interface Asked {
  from: number;
  to: number;
  query: string;
}

const MOST_TYPED = 40;

/** Whether the cursor stands in an @ with the beginning of a name. */
export function askedAt({ state }: Editor): Asked | null {
  const { $from, empty } = state.selection;
  if (!empty || $from.parent.type.spec.code === true) return null;
  const before = $from.parent.textBetween(Math.max(0, $from.parentOffset - MOST_TYPED), $from.parentOffset, "\n", "￼");
  const found = /(?:^|[\s(])@([^\s@￼][^@￼\n]*)?$/u.exec(before);
  if (found === null) return null;
  const query = found[1] ?? "";
  return { from: $from.pos - query.length - 1, to: $from.pos, query };
}

function folded(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLocaleLowerCase();
}

/** Those of whose name any word begins so. */
export function matching(people: Candidate[], query: string): Candidate[] {
  const wanted = folded(query);
  return people.filter(({ name }) => {
    const whole = folded(name);
    return whole.startsWith(wanted) || whole.split(/[\s-]+/).some((word) => word.startsWith(wanted));
  });
}

export function mention(editor: Editor, { from, to }: Asked, person: Candidate): void {
  editor
    .chain()
    .focus()
    .insertContentAt({ from, to }, [
      { type: "mention", attrs: { person: person.id, label: person.name } },
      { type: "text", text: " " },
    ])
    .run();
}
