import { type RefObject, useEffect, useRef } from "react";

/** What was pressed may go away with what it did: whoever works with the keyboard goes on where it stood, at the same
 * button if there is one, and never without having pressed anything, nor from somewhere else.
 * `state` differs as soon as it is done. The answer is to be called when something is pressed. */
export function useGoingOn(frame: RefObject<HTMLElement | null>, state: string): () => void {
  const isMeant = useRef(false);
  useEffect(() => {
    if (!isMeant.current) return;
    isMeant.current = false;
    if (document.activeElement !== document.body) return;
    const there = frame.current?.querySelector<HTMLElement>("[data-goes-on]") ?? frame.current?.querySelector("button");
    there?.focus();
  }, [frame, state]);
  return () => {
    isMeant.current = true;
  };
}
