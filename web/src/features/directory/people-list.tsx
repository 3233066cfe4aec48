import { Spinner } from "@fluentui/react-components";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Person } from "../../realtime/protocol";
import { useWatch } from "../../realtime/realtime-context";
import styles from "./people-list.module.css";
import { MoreRefused } from "./more-refused";
import { DecisionDialog, type Deciding } from "./person-decisions";
import { PersonRow } from "./person-row";
import { useRovingRows } from "./roving-rows";
import { useRowWindow } from "./row-window";
import type { StartConversation } from "./start-conversation";

interface Props {
  people: Person[];
  total: number;
  hasMore: boolean;
  isFetchingMore: boolean;
  /** Why the next page did not come, when that was so; then it is asked for only at somebody's word. */
  trouble: string | null;
  onMore: () => void;
  /** Which rows are there: the first one, and the one after the last. */
  onShow: (first: number, end: number) => void;
  canStart: (person: Person) => boolean;
  onStart: (start: StartConversation) => void;
}

/** How many rows before the end of what is loaded the next page is asked for: two pages. */
const AHEAD = 400;
/** Whom we watch follows the list at this distance, in milliseconds: nobody reads who flies past. */
const WATCH_AFTER_MS = 250;

export function PeopleList(props: Props) {
  const { people, total, hasMore, isFetchingMore, trouble, onMore, onShow, canStart, onStart } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [deciding, setDeciding] = useState<Deciding | null>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const ids = useMemo(() => people.map((each) => each.id), [people]);
  const rows = useRowWindow(scroller, ids);
  const roving = useRovingRows(people.length, rows, rows.reveal);

  useWatch(useSettled(ids.slice(rows.first, rows.end).join(" "), WATCH_AFTER_MS).split(" ").filter(Boolean));
  const wantsMore = hasMore && !isFetchingMore && trouble === null && rows.end > people.length - AHEAD;
  useEffect(() => {
    if (wantsMore) onMore();
  }, [wantsMore, onMore]);

  useEffect(() => {
    onShow(rows.first, rows.end);
  }, [rows.first, rows.end, onShow]);

  const toggle = useCallback((id: string) => {
    setOpen((held) => (held.has(id) ? new Set([...held].filter((each) => each !== id)) : new Set([...held, id])));
  }, []);

  return (
    <div ref={scroller} className={styles.scroller}>
      <ul
        className={styles.list}
        style={{ height: rows.total }}
        data-wide={rows.isWide}
        aria-label="Contacts"
        {...roving.list}
      >
        {people.slice(rows.first, rows.end).map((person, offset) => {
          const index = rows.first + offset;
          return (
            <PersonRow
              key={person.id}
              person={person}
              index={index}
              start={rows.start(index)}
              total={total}
              isTabStop={index === roving.current}
              isOpen={open.has(person.id)}
              canStart={canStart(person)}
              onToggle={toggle}
              onStart={onStart}
              onDecide={setDeciding}
              onHeight={rows.onHeight}
            />
          );
        })}
      </ul>
      {isFetchingMore && <Spinner className={styles.more} size="tiny" label="Loading more people" />}
      {trouble !== null && !isFetchingMore && <MoreRefused reason={trouble} onMore={onMore} />}
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

/** The value, at most once in so many milliseconds. */
function useSettled(value: string, everyMs: number): string {
  const [settled, setSettled] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = value;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setSettled(latest.current);
    }, everyMs);
  }, [value, everyMs]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return settled;
}
