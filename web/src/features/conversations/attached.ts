import { useSyncExternalStore } from "react";
import type { Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { upload } from "../../api/upload";
import { newId } from "../../wording/identifiers";
import { isPicture, whyNotAttached } from "./picture-kinds";

/** A picture that goes with the message that is being written. */
export interface Attached {
  id: string;
  name: string;
  size: number;
  /** Where it is shown; null until the server has it. */
  address: string | null;
  /** How much of it the server has, from 0 to 1. */
  progress: number;
  /** Why it cannot be sent; null when it can, or is on its way. */
  problem: string | null;
  /** Whether trying again could help. */
  canRetry: boolean;
}

const NONE: Attached[] = [];
const lists = new Map<string, Attached[]>();
/** What is still to be uploaded; it is nowhere else. */
const contents = new Map<string, File>();
const listeners = new Set<() => void>();

function keyOf(userId: string, conversationId: string): string {
  return `deskbridge.attached.${userId}.${conversationId}`;
}

function read(key: string): Attached[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = JSON.parse(localStorage.getItem(key) ?? "[]") as Attached[];
    lists.set(key, list.length === 0 ? NONE : list);
  }
  return list.length === 0 ? NONE : list;
}

function keep(key: string, list: Attached[]): void {
  lists.set(key, list);
  // A draft waits with the pictures that the server has; the others end with this page.
  const lasting = list.filter((each) => each.address !== null);
  try {
    if (lasting.length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(lasting));
  } catch {
    // The browser's storage is full or forbidden: they still live as long as this page.
  }
  for (const listener of listeners) listener();
}

function change(key: string, id: string, news: Partial<Attached>): void {
  keep(
    key,
    read(key).map((each) => (each.id === id ? { ...each, ...news } : each)),
  );
}

/** Give these to the server, one by one in the order in which they were chosen. */
export async function attach(userId: string, conversationId: string, files: File[]): Promise<void> {
  const key = keyOf(userId, conversationId);
  const chosen = files.map((file) => {
    const id = newId();
    contents.set(id, file);
    const problem = whyNotAttached(file);
    return { id, name: file.name, size: file.size, address: null, progress: 0, problem, canRetry: false };
  });
  keep(key, [...read(key), ...chosen]);
  for (const each of chosen) if (each.problem === null) await give(key, conversationId, each.id);
}

async function give(key: string, conversationId: string, id: string): Promise<void> {
  const file = contents.get(id);
  if (file === undefined) return;
  change(key, id, { progress: 0, problem: null, canRetry: false });
  try {
    if (!(await isPicture(file))) {
      change(key, id, { problem: "This is not a picture that can be sent. Choose a PNG, JPEG, GIF or WebP." });
      return;
    }
    const path = `/api/v1/conversations/${conversationId}/images/${id}?name=${encodeURIComponent(file.name)}`;
    const kept = await upload<Schemas["Picture"]>(path, file, (progress) => {
      change(key, id, { progress });
    });
    contents.delete(id);
    change(key, id, { address: kept.address, size: kept.size, progress: 1 });
  } catch (error) {
    change(key, id, { problem: sentenceOf(error), canRetry: true });
  }
}

export function giveAgain(userId: string, conversationId: string, id: string): void {
  void give(keyOf(userId, conversationId), conversationId, id);
}

export function detach(userId: string, conversationId: string, id: string): void {
  const key = keyOf(userId, conversationId);
  contents.delete(id);
  keep(
    key,
    read(key).filter((each) => each.id !== id),
  );
}

export function detachAll(userId: string, conversationId: string): void {
  keep(keyOf(userId, conversationId), []);
}

export function useAttached(userId: string, conversationId: string): Attached[] {
  return useSyncExternalStore(subscribe, () => read(keyOf(userId, conversationId)));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
