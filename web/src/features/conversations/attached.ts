import { useSyncExternalStore } from "react";
import { api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { upload } from "../../api/upload";
import { newId } from "../../wording/identifiers";
import { hasRoomFor, isPicture, whyNotAttached } from "./picture-kinds";
import type { SentFile } from "./written";

/** A picture or any other file that goes with the message that is being written. */
export interface Attached {
  id: string;
  /** A picture is shown by the message, a file is saved from it. */
  kind: "picture" | "file";
  name: string;
  size: number;
  /** Where a picture is shown; null until the server has it, and for files. */
  address: string | null;
  /** Whether the server has it. */
  isKept: boolean;
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
    const kept = JSON.parse(localStorage.getItem(key) ?? "[]") as Attached[];
    // Earlier versions kept pictures only, and did not say so.
    list = kept.map((each) => ({ ...each, kind: each.address === null ? "file" : "picture", isKept: true }));
    lists.set(key, list.length === 0 ? NONE : list);
  }
  return list.length === 0 ? NONE : list;
}

function keep(key: string, list: Attached[]): void {
  lists.set(key, list);
  // A draft waits with what the server has; the rest ends with this page.
  const lasting = list.filter((each) => each.isKept);
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
export async function attach(userId: string, conversationId: string, files: File[], limitMb: number): Promise<void> {
  const key = keyOf(userId, conversationId);
  const chosen = files.map((file) => {
    const id = newId();
    contents.set(id, file);
    return { ...nothingOf(id, file), problem: whyNotAttached(file, limitMb) };
  });
  keep(key, [...read(key), ...chosen]);
  for (const each of chosen) if (each.problem === null) await give(key, conversationId, each.id);
}

function nothingOf(id: string, { name, size }: { name: string; size: number }): Attached {
  return { id, kind: "file", name, size, address: null, isKept: false, progress: 0, problem: null, canRetry: false };
}

async function give(key: string, conversationId: string, id: string): Promise<void> {
  const file = contents.get(id);
  if (file === undefined) return;
  change(key, id, { progress: 0, problem: null, canRetry: false });
  try {
    const others = read(key).filter((each) => each.id !== id);
    const kind = hasRoomFor(file.size, others) && (await isPicture(file)) ? "picture" : "file";
    change(key, id, { kind });
    const place = `/api/v1/conversations/${conversationId}/${kind === "picture" ? "images" : "files"}/${id}`;
    const path = `${place}?name=${encodeURIComponent(file.name)}`;
    const kept = await upload<Schemas["Picture"] | Schemas["GivenFile"]>(path, file, (progress) => {
      change(key, id, { progress });
    });
    contents.delete(id);
    const address = "address" in kept ? kept.address : null;
    change(key, id, { address, name: kept.name, size: kept.size, isKept: true, progress: 1 });
  } catch (error) {
    change(key, id, { problem: sentenceOf(error), canRetry: true });
  }
}

export function giveAgain(userId: string, conversationId: string, id: string): void {
  void give(keyOf(userId, conversationId), conversationId, id);
}

/** What the server has already comes back to what is being written. */
export function attachAgain(userId: string, conversationId: string, files: SentFile[]): void {
  const key = keyOf(userId, conversationId);
  keep(key, [...read(key), ...files.map((file) => ({ ...nothingOf(file.id, file), isKept: true, progress: 1 }))]);
}

export function filesOf(attached: Attached[]): SentFile[] {
  return attached.filter(({ kind }) => kind === "file").map(({ id, name, size }) => ({ id, name, size }));
}

export function detach(userId: string, conversationId: string, id: string): void {
  const key = keyOf(userId, conversationId);
  const gone = read(key).find((each) => each.id === id);
  contents.delete(id);
  keep(
    key,
    read(key).filter((each) => each.id !== id),
  );
  if (gone?.isKept === true && gone.kind === "file") void forget(conversationId, id);
}

/** It counts towards what one may have here unsent; where this does not get through, it is forgotten in a week. */
async function forget(conversationId: string, id: string): Promise<void> {
  const path = { conversation_id: conversationId, file_id: id };
  await api.DELETE("/api/v1/conversations/{conversation_id}/files/{file_id}", { params: { path } }).catch(() => undefined);
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
