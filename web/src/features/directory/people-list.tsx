import { Spinner } from "@fluentui/react-components";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Person } from "../../realtime/protocol";
import { useWatch } from "../../realtime/realtime-context";
import styles from "./people-list.module.css";
import { DecisionDialog, type Deciding } from "./person-decisions";
import { PersonRow } from "./person-row";
import { useRovingRows } from "./roving-rows";
import type { StartConversation } from "./start-conversation";

interface Props {
  people: Person[];
  total: number;
  hasMore: boolean;
  isFetchingMore: boolean;
  onMore: () => void;
  canStart: (person: Person) => boolean;
  onStart: (start: StartConversation) => void;
}

/** How many rows before the end of what is loaded the next page is asked for. */
const AHEAD = 150;
const rowHeight = () => 62;

export function PeopleList({ people, total, hasMore, isFetchingMore, onMore, canStart, onStart }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [deciding, setDeciding] = useState<Deciding | null>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  // eslint-disable-next-line react-hooks/incompatible-library -- it renders on every scroll anyway
  const rows = useVirtualizer({
    count: people.length,
    getScrollElement: () => scroller.current,
    estimateSize: rowHeight,
    // The same function as long as the people are: with another one all rows are measured anew, on every scroll.
    getItemKey: useCallback((index: number) => people[index]?.id ?? index, [people]),
    overscan: 12,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const roving = useRovingRows(
    people.length,
    shown.map(({ index }) => index),
    (index) => {
      rows.scrollToIndex(index);
    },
  );

  useWatch(shown.flatMap(({ index }) => people[index]?.id ?? []));
  useEffect(() => {
    if (hasMore && !isFetchingMore && last >= people.length - AHEAD) onMore();
  }, [hasMore, isFetchingMore, last, people.length, onMore]);

  const toggle = useCallback((id: string) => {
    setOpen((held) => (held.has(id) ? new Set([...held].filter((each) => each !== id)) : new Set([...held, id])));
  }, []);

  return (
    <div ref={scroller} className={styles.scroller}>
      <ul className={styles.list} style={{ height: rows.getTotalSize() }} aria-label="Contacts" {...roving.list}>
        {shown.map(({ index, start, key }) => {
          const person = people[index];
          if (person === undefined) return null;
          return (
            <li
              key={key}
              ref={rows.measureElement}
              className={styles.item}
              style={{ transform: `translateY(${String(start)}px)` }}
              data-index={index}
              aria-label={person.display_name}
              aria-posinset={index + 1}
              aria-setsize={total}
              {...roving.row(index)}
            >
              <PersonRow
                person={person}
                isOpen={open.has(person.id)}
                canStart={canStart(person)}
                onToggle={toggle}
                onStart={onStart}
                onDecide={setDeciding}
              />
            </li>
          );
        })}
      </ul>
      {isFetchingMore && <Spinner className={styles.more} size="tiny" label="Loading more people" />}
      {deciding !== null && (
        <DecisionDialog
          deciding={deciding}
          onClose={() => {
            setDeciding(null);
          }}
        />
      )}
    </div>
  );
}
