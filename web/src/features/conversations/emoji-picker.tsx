import { SearchBox, Tab, TabList, useArrowNavigationGroup } from "@fluentui/react-components";
import { useEffect, useRef, useState } from "react";
import { EMOJI, emojiFor } from "./emoji-data";
import styles from "./emoji-picker.module.css";

/** Unicode's groups, each with one of its emoji. */
const GROUPS: [group: number, sign: string, name: string][] = [
  [0, "😀", "Smileys"],
  [1, "👋", "People"],
  [3, "🐶", "Animals and nature"],
  [4, "🍎", "Food and drink"],
  [5, "🚗", "Travel and places"],
  [6, "⚽", "Activities"],
  [7, "💡", "Objects"],
  [8, "❤️", "Symbols"],
  [9, "🏁", "Flags"],
];

/** All emoji by group, and by what they are called; nothing of it comes from elsewhere. */
export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const [query, setQuery] = useState("");
  const [group, setGroup] = useState(0);
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // What surrounds it looked for where the focus goes before this was here.
    search.current?.focus();
  }, []);
  const grid = useArrowNavigationGroup({ axis: "grid-linear", memorizeCurrent: true });
  const isSearching = query.trim() !== "";
  const shown = isSearching ? emojiFor(query) : EMOJI.filter((each) => each.group === group);
  const name = GROUPS.find(([each]) => each === group)?.[2];
  return (
    <div className={styles.picker}>
      <SearchBox
        ref={search}
        size="small"
        className={styles.search}
        aria-label="Search emoji"
        placeholder="Search emoji"
        value={query}
        onChange={(_, { value }) => {
          setQuery(value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || shown[0] === undefined || !isSearching) return;
          // The text has the focus a moment later, and would take it for a new line.
          event.preventDefault();
          onPick(shown[0].unicode);
        }}
      />
      <TabList
        size="small"
        aria-label="Groups of emoji"
        selectedValue={isSearching ? null : group}
        onTabSelect={(_, { value }) => {
          setQuery("");
          setGroup(value as number);
        }}
      >
        {GROUPS.map(([each, sign, words]) => (
          <Tab key={each} value={each} className={styles.tab} aria-label={words} title={words}>
            {sign}
          </Tab>
        ))}
      </TabList>
      <span className="visually-hidden" role="status">
        {isSearching ? `${String(shown.length)} found` : ""}
      </span>
      <div className={styles.grid} role="group" aria-label={isSearching ? "Emoji found" : name} tabIndex={-1} {...grid}>
        {shown.map(({ unicode, label }) => (
          <button
            key={unicode}
            type="button"
            className={styles.emoji}
            aria-label={label}
            title={label}
            onClick={() => {
              onPick(unicode);
            }}
          >
            {unicode}
          </button>
        ))}
        {shown.length === 0 && <p className={styles.none}>No emoji is called so.</p>}
      </div>
    </div>
  );
}
