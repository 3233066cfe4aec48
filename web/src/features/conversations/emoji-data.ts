import all from "emojibase-data/en/compact.json";

export interface Emoji {
  unicode: string;
  label: string;
  /** What it is found by, all in small letters. */
  words: string;
  group: number;
}

/** Skin tones and the like. */
const COMPONENTS = 2;

/** Those that can be chosen, in Unicode's order; without the parts that others are made of. */
export const EMOJI: Emoji[] = all
  .flatMap(({ unicode, label, tags, group, order }) =>
    group === undefined || group === COMPONENTS ? [] : [{ unicode, label, words: [label, ...(tags ?? [])].join(" ").toLowerCase(), group, order: order ?? 0 }],
  )
  .sort((a, b) => a.order - b.order);

/** Each of the words begins a word of what it is called. */
export function emojiFor(query: string): Emoji[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  return EMOJI.filter(({ words }) => wanted.every((each) => ` ${words}`.includes(` ${each}`)));
}
