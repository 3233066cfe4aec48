import { useState, type FocusEvent, type KeyboardEvent } from "react";

const STEPS: Record<string, (index: number, count: number) => number> = {
  ArrowDown: (index) => index + 1,
  ArrowUp: (index) => index - 1,
  PageDown: (index) => index + 10,
  PageUp: (index) => index - 10,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** One tab stop among the rows of a long list: arrow keys walk them, Tab goes on into the row's own buttons.
 * `shown` are the rows that exist now; a row scrolled far away cannot be the tab stop. */
export function useRovingRows(
  count: number,
  shown: { first: number; end: number },
  reveal: (index: number) => void,
) {
  const [active, setActive] = useState(0);
  const current = active >= shown.first && active < shown.end ? active : somewhereOf(shown);

  const go = (list: HTMLElement, index: number) => {
    setActive(index);
    reveal(index);
    // The row may only be rendered once the list has scrolled there.
    requestAnimationFrame(() => {
      requestAnimationFrame(() => list.querySelector<HTMLElement>(`[data-index="${String(index)}"]`)?.focus());
    });
  };

  return {
    list: {
      onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
        const step = STEPS[event.key];
        if (step === undefined || count === 0) return;
        event.preventDefault();
        go(event.currentTarget, Math.min(count - 1, Math.max(0, step(current, count))));
      },
      onFocus: (event: FocusEvent<HTMLElement>) => {
        const row = event.target.closest<HTMLElement>("[data-index]");
        if (row !== null) setActive(Number(row.dataset.index));
      },
    },
    current,
  };
}

/** In the middle of what is there, and seldom another: the row that was it and the row that is it render anew. */
function somewhereOf({ first, end }: { first: number; end: number }): number {
  const middle = Math.floor((first + end) / 2);
  return Math.max(first, middle - (middle % 8));
}
