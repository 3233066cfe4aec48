import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";

/** Heights of a closed row, as `person-row.module.css` has them: in one line beside its job title, or under it. */
const WIDE = { from: 620, row: 60 };
const NARROW = { row: 76 };

/** Rows that exist beyond what is on screen: many where the list is going to, as a finger moves forty in a frame. */
const AHEAD = 36;
const BEHIND = 8;

interface Range {
  first: number;
  end: number;
}

interface View {
  top: number;
  height: number;
  width: number;
  isGoingUp: boolean;
}

/** Where rows of one height stand, of which a few are open and higher. `extra` has what they are higher, by index. */
export function standing(rowHeight: number, extra: ReadonlyMap<number, number>) {
  const open = [...extra].sort(([one], [other]) => one - other);
  return {
    start: (index: number) =>
      open.reduce((sum, [at, more]) => (at < index ? sum + more : sum), index * rowHeight),
    at: (y: number) => {
      let above = 0;
      for (const [at, more] of open) {
        const begin = at * rowHeight + above;
        if (y < begin + rowHeight) break;
        if (y < begin + rowHeight + more) return at;
        above += more;
      }
      return Math.max(0, Math.floor((y - above) / rowHeight));
    },
  };
}

/** Which rows of a long list exist, and where each stands. With heights that are known beforehand: a library that
 * measures every row, and counts anew with every page of a hundred thousand, takes longer than a frame. */
export function useRowWindow(scroller: RefObject<HTMLElement | null>, keys: readonly string[]) {
  const [view, setView] = useState<View>({ top: 0, height: 800, width: 0, isGoingUp: false });
  const [heights, setHeights] = useState<ReadonlyMap<string, number>>(new Map());
  const isWide = view.width === 0 || view.width >= WIDE.from;
  const rowHeight = isWide ? WIDE.row : NARROW.row;
  const count = keys.length;

  const where = useMemo(() => {
    const extra = new Map<number, number>();
    for (const [key, height] of heights) {
      const index = keys.indexOf(key);
      if (index >= 0) extra.set(index, Math.max(0, height - rowHeight));
    }
    return standing(rowHeight, extra);
  }, [heights, keys, rowHeight]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let shownFrom = -1;
    const look = (isNow: boolean) => {
      const next = { top: element.scrollTop, height: element.clientHeight, width: element.offsetWidth };
      // Less than half a row changes nothing that exists.
      const row = Math.floor(next.top / 30);
      if (isNow && row === shownFrom) return;
      shownFrom = row;
      const change = () => {
        setView((before) => ({ ...next, isGoingUp: next.top < before.top }));
      };
      // At once, as the browser paints where it has scrolled to whether rows are there or not.
      if (isNow) flushSync(change);
      else change();
    };
    const onScroll = () => {
      look(true);
    };
    const sizes = new ResizeObserver(() => {
      look(false);
    });
    element.addEventListener("scroll", onScroll, { passive: true });
    sizes.observe(element);
    return () => {
      element.removeEventListener("scroll", onScroll);
      sizes.disconnect();
    };
  }, [scroller]);

  const shown: Range = useMemo(() => {
    const top = where.at(view.top);
    const bottom = where.at(view.top + view.height) + 1;
    const [before, after] = view.isGoingUp ? [AHEAD, BEHIND] : [BEHIND, AHEAD];
    return { first: Math.max(0, Math.min(top - before, count - 1)), end: Math.min(count, bottom + after) };
  }, [where, view, count]);

  const reveal = (index: number) => {
    const element = scroller.current;
    if (element === null) return;
    const begin = where.start(index);
    const end = where.start(index + 1);
    if (begin < element.scrollTop) element.scrollTo({ top: begin });
    else if (end > element.scrollTop + element.clientHeight) element.scrollTo({ top: end - element.clientHeight });
  };

  const onHeight = useCallback((key: string, height: number | null) => {
    setHeights((held) => {
      if (height === (held.get(key) ?? null)) return held;
      const changed = new Map(held);
      if (height === null) changed.delete(key);
      else changed.set(key, height);
      return changed;
    });
  }, []);

  return { ...shown, isWide, start: where.start, total: where.start(count), reveal, onHeight };
}

/** Tells how high an open row is for as long as it is open. */
export function useHeight(key: string, isOpen: boolean, onHeight: (key: string, height: number | null) => void) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const element = row.current;
    if (!isOpen || element === null) return;
    const sizes = new ResizeObserver(() => {
      onHeight(key, element.offsetHeight);
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
    };
  }, [isOpen, key, onHeight]);
  return row;
}
