import { useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";

const KEY = "deskbridge.theme";
const listeners = new Set<() => void>();

function systemIsDark(): MediaQueryList {
  return globalThis.matchMedia("(prefers-color-scheme: dark)");
}

function subscribe(listener: () => void): () => void {
  const query = systemIsDark();
  listeners.add(listener);
  query.addEventListener("change", listener);
  globalThis.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    query.removeEventListener("change", listener);
    globalThis.removeEventListener("storage", listener);
  };
}

function chosen(): ThemeChoice {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(KEY, choice);
  for (const listener of listeners) listener();
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, chosen);
}

export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, () => {
    const choice = chosen();
    return choice === "system" ? systemIsDark().matches : choice === "dark";
  });
}
