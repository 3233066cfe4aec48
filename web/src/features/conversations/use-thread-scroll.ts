import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

const NEAR_BOTTOM_PX = 48;
const NEAR_TOP_PX = 240;

interface Options {
  firstKey: string | undefined;
  lastKey: string | undefined;
  /** Own messages bring the reader down to them. */
  isLastOwn: boolean;
  onNearTop: () => void;
}

interface ThreadScroll {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLOListElement | null>;
  onScroll: () => void;
  hasNewBelow: boolean;
  toBottom: () => void;
}

/** Stays at the bottom while the reader is there, stays put while they read above, also when the past is added. */
export function useThreadScroll({ firstKey, lastKey, isLastOwn, onNearTop }: Options): ThreadScroll {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  const isAtBottom = useRef(true);
  const before = useRef<{ firstKey: string | undefined; lastKey: string | undefined; height: number }>({
    firstKey: undefined,
    lastKey: undefined,
    height: 0,
  });
  const [hasNewBelow, setNewBelow] = useState(false);

  const toBottom = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    isAtBottom.current = true;
    box.scrollTop = box.scrollHeight;
    setNewBelow(false);
  }, []);

  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const was = before.current;
    const isOpening = was.lastKey === undefined && lastKey !== undefined;
    if (isOpening) showUnreadOrBottom(box);
    else if (was.lastKey !== lastKey && (isLastOwn || isAtBottom.current)) toBottom();
    else if (was.lastKey !== lastKey) setNewBelow(true);
    else if (was.firstKey !== firstKey && !isAtBottom.current) box.scrollTop += box.scrollHeight - was.height;
    if (isOpening) isAtBottom.current = isNearBottom(box);
    before.current = { firstKey, lastKey, height: box.scrollHeight };
  }, [firstKey, lastKey, isLastOwn, toBottom]);

  // Images that load and a composer that grows change heights without any new message.
  useEffect(() => {
    const box = scroller.current;
    const inner = content.current;
    if (box === null || inner === null) return;
    const observer = new ResizeObserver(() => {
      if (isAtBottom.current) box.scrollTop = box.scrollHeight;
      before.current.height = box.scrollHeight;
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
    isAtBottom.current = isNearBottom(box);
    if (isAtBottom.current) setNewBelow(false);
    if (box.scrollTop < NEAR_TOP_PX) onNearTop();
  }, [onNearTop]);

  return { scroller, content, onScroll, hasNewBelow, toBottom };
}

function isNearBottom(box: HTMLElement): boolean {
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_BOTTOM_PX;
}

function showUnreadOrBottom(box: HTMLElement): void {
  const unread = box.querySelector<HTMLElement>("[data-unread]");
  if (unread === null) box.scrollTop = box.scrollHeight;
  else box.scrollTop = unread.offsetTop - box.clientHeight / 4;
}
