import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

const NEAR_BOTTOM_PX = 48;
const NEAR_TOP_PX = 240;

interface Options {
  firstKey: string | undefined;
  lastKey: string | undefined;
  /** Own messages bring the reader down to them. */
  isLastOwn: boolean;
  onNearTop: () => void;
  /** The list ends before the newest message; nearing its end brings more of it, which moves nothing. */
  isDetached: boolean;
  onNearEnd: () => void;
  /** The message to show first, once it is there. */
  target: string | undefined;
}

interface ThreadScroll {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLOListElement | null>;
  onScroll: () => void;
  hasNewBelow: boolean;
  toBottom: () => void;
}

/** Stays at the bottom while the reader is there, stays put while they read above, also when the past is added. */
export function useThreadScroll({ firstKey, lastKey, isLastOwn, ...more }: Options): ThreadScroll {
  const { onNearTop, isDetached, onNearEnd, target } = more;
  const shownTarget = useRef<string>(undefined);
  const wantsEnd = useRef(false);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  const isAtBottom = useRef(true);
  const lastTop = useRef(0);
  const before = useRef<Before>({ firstKey: undefined, lastKey: undefined, fromEnd: 0, isDetached: false });
  const [hasNewBelow, setNewBelow] = useState(false);

  const toBottom = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    setNewBelow(false);
    // Where the newest are not here yet, they are shown once they are; what is here does not end with them.
    wantsEnd.current = before.current.isDetached;
    if (wantsEnd.current) return;
    isAtBottom.current = true;
    box.scrollTop = box.scrollHeight;
  }, []);

  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const was = before.current;
    const isOpening = was.lastKey === undefined && lastKey !== undefined;
    const wanted = target === shownTarget.current ? null : messageIn(box, target);
    if (wanted !== null) {
      shownTarget.current = target;
      wanted.dataset.found = "";
      box.scrollTop = Math.max(0, topOf(wanted, box) - box.clientHeight / 3);
      isAtBottom.current = isNearBottom(box) && !isDetached;
    } else if (isOpening) showUnreadOrBottom(box);
    else if (wantsEnd.current && !isDetached) {
      toBottom();
      wantsEnd.current = false;
    } else if (isDetached || was.isDetached) keepPlace(box, was, firstKey);
    else if (was.lastKey !== lastKey && (isLastOwn || isAtBottom.current)) toBottom();
    else if (was.lastKey !== lastKey) setNewBelow(true);
    else if (!isAtBottom.current) keepPlace(box, was, firstKey);
    if (isOpening) isAtBottom.current = isNearBottom(box) && !isDetached;
    before.current = { firstKey, lastKey, fromEnd: fromEnd(box), isDetached };
  }, [firstKey, lastKey, isLastOwn, isDetached, target, toBottom]);

  // Images that load and a composer that grows change heights without any new message.
  useEffect(() => {
    const box = scroller.current;
    const inner = content.current;
    if (box === null || inner === null) return;
    const observer = new ResizeObserver(() => {
      if (isAtBottom.current) box.scrollTop = box.scrollHeight;
      before.current.fromEnd = fromEnd(box);
    });
    observer.observe(box);
    observer.observe(inner);
    return () => {
      observer.disconnect();
    };
  }, []);

  const onScroll = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    before.current.fromEnd = fromEnd(box);
    // An image that loads before this is told makes the end go further down: only who goes up leaves it.
    const hasGoneUp = box.scrollTop < lastTop.current;
    lastTop.current = box.scrollTop;
    if (isNearBottom(box) || hasGoneUp || isDetached) isAtBottom.current = isNearBottom(box) && !isDetached;
    if (isAtBottom.current) setNewBelow(false);
    if (box.scrollTop < NEAR_TOP_PX) onNearTop();
    if (isDetached && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_TOP_PX) onNearEnd();
  }, [onNearTop, onNearEnd, isDetached]);

  return { scroller, content, onScroll, hasNewBelow, toBottom };
}

interface Before {
  firstKey: string | undefined;
  lastKey: string | undefined;
  fromEnd: number;
  isDetached: boolean;
}

/** What was put before the reader's place must not move it; what was put after it does not. */
function keepPlace(box: HTMLElement, was: Before, firstKey: string | undefined): void {
  if (was.firstKey === undefined || was.firstKey === firstKey) return;
  const keep = () => {
    box.scrollTop = box.scrollHeight - was.fromEnd;
  };
  keep();
  // What says that more is loading goes a moment later than what was loaded comes.
  const kept = box.scrollTop;
  requestAnimationFrame(() => {
    if (box.scrollTop === kept) keep();
  });
}

function fromEnd(box: HTMLElement): number {
  return box.scrollHeight - box.scrollTop;
}

function messageIn(box: HTMLElement, id: string | undefined): HTMLElement | null {
  return id === undefined ? null : box.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(id)}"]`);
}

function topOf(element: HTMLElement, box: HTMLElement): number {
  return element.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
}

function isNearBottom(box: HTMLElement): boolean {
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_BOTTOM_PX;
}

function showUnreadOrBottom(box: HTMLElement): void {
  const unread = box.querySelector<HTMLElement>("[data-unread]");
  if (unread === null) box.scrollTop = box.scrollHeight;
  else box.scrollTop = unread.offsetTop - box.clientHeight / 4;
}
