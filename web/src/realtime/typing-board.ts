import type { FeedEvent, ServerFrame } from "./protocol";

type Sign = Extract<ServerFrame, { type: "typing" }>;

const SAY_EVERY_MS = 3_000;

/** Who is writing where, each for a few seconds after they last said so. */
export class TypingBoard {
  readonly #names = new Map<string, string>();
  readonly #ends = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #listeners = new Set<() => void>();
  readonly #say: (conversationId: string) => void;
  #saidAt = -Infinity;

  constructor(say: (conversationId: string) => void) {
    this.#say = say;
  }

  /** Who is writing in that conversation; undefined while nobody is. */
  nameIn = (conversationId: string): string | undefined => this.#names.get(conversationId);

  /** I am writing there; the others hear of it now and then. */
  say = (conversationId: string): void => {
    const now = performance.now();
    if (now - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidAt = now;
    this.#say(conversationId);
  };

  hear({ conversation_id: id, display_name, seconds }: Sign): void {
    this.#names.set(id, display_name);
    clearTimeout(this.#ends.get(id));
    const end = setTimeout(() => {
      this.#forget(id);
    }, seconds * 1_000);
    this.#ends.set(id, end);
    this.#tell();
  }

  /** What they were writing is here. */
  follow(event: FeedEvent): void {
    if (event.type === "message_changed") this.#forget(event.message.conversation_id);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #forget(id: string): void {
    clearTimeout(this.#ends.get(id));
    this.#ends.delete(id);
    if (this.#names.delete(id)) this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
