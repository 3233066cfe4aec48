import { isPassing, isSignedOut, sentenceOf } from "../../api/problem";
import { backoffMs } from "../../realtime/backoff";
import type { Drawer } from "../../drawer/drawer";
import type { Message } from "../../realtime/protocol";
import { newId } from "../../wording/identifiers";
import type { SentFile, Written } from "./written";

/** A message that the server has not acknowledged yet; `problem` is why it stopped trying by itself. */
export interface Pending {
  client_id: string;
  conversation_id: string;
  text: string;
  /** What it says where that is more than words; else null. */
  html?: string | null;
  /** Files that go along; entries of earlier versions do not say. */
  files?: SentFile[];
  /** The message that it answers; entries of earlier versions do not say. */
  reply_to?: string | null;
  created_at: string;
  order: number;
  problem: string | null;
}

export interface OutboxOptions {
  drawer: Drawer;
  send: (pending: Pending) => Promise<Message>;
  onSent: (message: Message) => void;
  onSignedOut: () => void;
}

/** Keeps what was written, over reloads and restarts, until the server has it. The same client_id is the same
 * message there, so sending once too often (another tab, a lost answer) shows nothing twice. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #listeners = new Set<() => void>();
  /** Conversations being worked on: one message at a time, so that their order stays. */
  readonly #busy = new Set<string>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #attempts = new Map<string, number>();
  #entries: Pending[] = [];
  #isStopped = true;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#read();
  }

  list = (): Pending[] => this.#entries;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(): () => void {
    this.#isStopped = false;
    const reread = () => {
      this.#read();
    };
    globalThis.addEventListener("storage", reread);
    this.flush();
    return () => {
      this.#isStopped = true;
      globalThis.removeEventListener("storage", reread);
      for (const timer of this.#timers.values()) clearTimeout(timer);
      this.#timers.clear();
    };
  }

  add(conversationId: string, { text, html, files }: Written, replyTo: string | null = null): void {
    const order = Math.max(Date.now(), (this.#entries.at(-1)?.order ?? 0) + 1);
    const pending: Pending = {
      client_id: newId(),
      conversation_id: conversationId,
      text,
      html,
      files: files ?? [],
      reply_to: replyTo,
      created_at: new Date().toISOString(),
      order,
      problem: null,
    };
    this.#keep(pending);
    void this.#work(conversationId);
  }

  retry(clientId: string): void {
    const pending = this.#entries.find((each) => each.client_id === clientId);
    if (pending === undefined) return;
    this.#keep({ ...pending, problem: null });
    void this.#work(pending.conversation_id);
  }

  /** The server has it, or its writer does not want it any more. */
  remove(clientId: string): void {
    if (!this.#entries.some((each) => each.client_id === clientId)) return;
    this.#options.drawer.remove("outbox", clientId);
    this.#read();
  }

  /** Try everything that waits now: the network is back. */
  flush(): void {
    this.#attempts.clear();
    for (const id of new Set(this.#entries.map((each) => each.conversation_id))) void this.#work(id);
  }

  async #work(conversationId: string): Promise<void> {
    if (this.#isStopped || this.#busy.has(conversationId)) return;
    clearTimeout(this.#timers.get(conversationId));
    this.#busy.add(conversationId);
    try {
      for (let next = this.#next(conversationId); next !== undefined; next = this.#next(conversationId)) {
        if (!(await this.#try(next))) return;
      }
    } finally {
      this.#busy.delete(conversationId);
    }
  }

  /** Whether the lane can go on to the next message. */
  async #try(pending: Pending): Promise<boolean> {
    try {
      const message = await this.#options.send(pending);
      this.#attempts.delete(pending.conversation_id);
      this.#options.onSent(message);
      this.remove(pending.client_id);
      return !this.#isStopped;
    } catch (error) {
      if (isSignedOut(error)) this.#options.onSignedOut();
      else if (isPassing(error)) this.#later(pending.conversation_id);
      else {
        this.#keep({ ...pending, problem: sentenceOf(error) });
        return true;
      }
      return false;
    }
  }

  #later(conversationId: string): void {
    if (this.#isStopped) return;
    const attempt = this.#attempts.get(conversationId) ?? 0;
    this.#attempts.set(conversationId, attempt + 1);
    this.#timers.set(
      conversationId,
      setTimeout(() => void this.#work(conversationId), backoffMs(attempt)),
    );
  }

  #next(conversationId: string): Pending | undefined {
    return this.#entries.find((each) => each.conversation_id === conversationId && each.problem === null);
  }

  #keep(pending: Pending): void {
    this.#options.drawer.put("outbox", pending.client_id, JSON.stringify(pending));
    this.#read();
  }

  #read(): void {
    const kept = this.#options.drawer.all("outbox").map(([, text]) => JSON.parse(text) as Pending);
    this.#entries = kept.sort((a, b) => a.order - b.order);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
