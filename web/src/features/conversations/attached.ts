import { useSyncExternalStore } from "react";
import { api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { upload } from "../../api/upload";
import type { Drawer } from "../../drawer/drawer";
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
/** By user and conversation; the drawer has what the server has, the rest ends with this page. */
const lists = new Map<string, Attached[]>();
/** What is still to be uploaded; it is nowhere else. */
const contents = new Map<string, File>();
const listeners = new Set<() => void>();

function keyOf(drawer: Drawer, conversationId: string): string {
  return `${drawer.userId}.${conversationId}`;
}

function read(drawer: Drawer, conversationId: string): Attached[] {
  const key = keyOf(drawer, conversationId);
  let list = lists.get(key);
  if (list === undefined) {
    const kept = JSON.parse(drawer.get("attached", conversationId) ?? "[]") as Attached[];
    // Earlier versions kept pictures only, and did not say so.
    list = kept.map((each) => ({ ...each, kind: each.address === null ? "file" : "picture", isKept: true }));
    lists.set(key, list.length === 0 ? NONE : list);
  }
  return list.length === 0 ? NONE : list;
}

function keep(drawer: Drawer, conversationId: string, list: Attached[]): void {
  lists.set(keyOf(drawer, conversationId), list);
  const lasting = list.filter((each) => each.isKept);
  if (lasting.length === 0) drawer.remove("attached", conversationId);
  else drawer.put("attached", conversationId, JSON.stringify(lasting));
  for (const listener of listeners) listener();
}

function change(drawer: Drawer, conversationId: string, id: string, news: Partial<Attached>): void {
  keep(
    drawer,
    conversationId,
    read(drawer, conversationId).map((each) => (each.id === id ? { ...each, ...news } : each)),
  );
}

/** Give these to the server, one by one in the order in which they were chosen. */
export async function attach(drawer: Drawer, conversationId: string, files: File[], limitMb: number): Promise<void> {
  const chosen = files.map((file) => {
    const id = newId();
    contents.set(id, file);
    return { ...nothingOf(id, file), problem: whyNotAttached(file, limitMb) };
  });
  keep(drawer, conversationId, [...read(drawer, conversationId), ...chosen]);
  for (const each of chosen) if (each.problem === null) await give(drawer, conversationId, each.id);
}

function nothingOf(id: string, { name, size }: { name: string; size: number }): Attached {
  return { id, kind: "file", name, size, address: null, isKept: false, progress: 0, problem: null, canRetry: false };
}

async function give(drawer: Drawer, conversationId: string, id: string): Promise<void> {
  const file = contents.get(id);
  if (file === undefined) return;
  change(drawer, conversationId, id, { progress: 0, problem: null, canRetry: false });
  try {
    const others = read(drawer, conversationId).filter((each) => each.id !== id);
    const kind = hasRoomFor(file.size, others) && (await isPicture(file)) ? "picture" : "file";
    change(drawer, conversationId, id, { kind });
    const place = `/api/v1/conversations/${conversationId}/${kind === "picture" ? "images" : "files"}/${id}`;
    const path = `${place}?name=${encodeURIComponent(file.name)}`;
    const kept = await upload<Schemas["Picture"] | Schemas["GivenFile"]>(path, file, (progress) => {
      change(drawer, conversationId, id, { progress });
    });
    contents.delete(id);
    const address = "address" in kept ? kept.address : null;
    change(drawer, conversationId, id, { address, name: kept.name, size: kept.size, isKept: true, progress: 1 });
  } catch (error) {
    change(drawer, conversationId, id, { problem: sentenceOf(error), canRetry: true });
  }
}

export function giveAgain(drawer: Drawer, conversationId: string, id: string): void {
  void give(drawer, conversationId, id);
}

/** What the server has already comes back to what is being written. */
export function attachAgain(drawer: Drawer, conversationId: string, files: SentFile[]): void {
  keep(drawer, conversationId, [...read(drawer, conversationId), ...files.map((file) => ({ ...nothingOf(file.id, file), isKept: true, progress: 1 }))]);
}

export function filesOf(attached: Attached[]): SentFile[] {
  return attached.filter(({ kind }) => kind === "file").map(({ id, name, size }) => ({ id, name, size }));
}

export function detach(drawer: Drawer, conversationId: string, id: string): void {
  const gone = read(drawer, conversationId).find((each) => each.id === id);
  contents.delete(id);
  keep(
    drawer,
    conversationId,
    read(drawer, conversationId).filter((each) => each.id !== id),
  );
  if (gone?.isKept === true && gone.kind === "file") void forget(conversationId, id);
}

/** It counts towards what one may have here unsent; where this does not get through, it is forgotten in a week. */
async function forget(conversationId: string, id: string): Promise<void> {
  const path = { conversation_id: conversationId, file_id: id };
  await api.DELETE("/api/v1/conversations/{conversation_id}/files/{file_id}", { params: { path } }).catch(() => undefined);
}

export function detachAll(drawer: Drawer, conversationId: string): void {
  keep(drawer, conversationId, []);
}

/** How many files of the user are on their way to the server. */
export function countNotGiven(drawer: Drawer): number {
  const mine = [...lists].filter(([key]) => key.startsWith(`${drawer.userId}.`));
  return mine.flatMap(([, list]) => list).filter((each) => !each.isKept).length;
}

/** Nobody is signed in any more. Where a session ended by itself, files that were still to be uploaded can be when
 * the same user signs in again, in this page; whoever logs out was told that they go. */
export function leaveAttached(isOnPurpose: boolean): void {
  if (isOnPurpose) contents.clear();
  for (const [key, list] of lists) if (isOnPurpose || list.every((each) => each.isKept)) lists.delete(key);
}

export function useAttached(drawer: Drawer, conversationId: string): Attached[] {
  return useSyncExternalStore(subscribe, () => read(drawer, conversationId));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
