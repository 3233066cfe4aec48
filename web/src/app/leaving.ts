import { useCallback, useEffect, useState } from "react";

/** Somebody has logged out and the server has not answered yet: also for other tabs, and after a reload. */
const KEY = "deskbridge.logging-out";

export function useLeaving() {
  const [isLeaving, setLeaving] = useState(() => localStorage.getItem(KEY) !== null);
  useEffect(() => {
    const follow = ({ key }: StorageEvent) => {
      if (key === KEY || key === null) setLeaving(localStorage.getItem(KEY) !== null);
    };
    globalThis.addEventListener("storage", follow);
    return () => {
      globalThis.removeEventListener("storage", follow);
    };
  }, []);
  const leave = useCallback(() => {
    try {
      localStorage.setItem(KEY, "yes");
    } catch {
      // The browser's storage is full: this page knows it, as long as it lives.
    }
    setLeaving(true);
  }, []);
  const left = useCallback(() => {
    localStorage.removeItem(KEY);
    setLeaving(false);
  }, []);
  return { isLeaving, leave, left };
}
