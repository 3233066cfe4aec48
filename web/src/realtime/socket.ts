import { backoffMs } from "./backoff";
import type { ClientFrame, ServerFrame } from "./protocol";

export type SocketState = "connecting" | "live" | "waiting" | "signed_out";

export interface SocketOptions {
  url: string;
  /** The version of the snapshot held now. */
  version: () => string;
  onFrame: (frame: ServerFrame) => void;
  /** Fetches the snapshot again; hello follows with its version. */
  resync: () => Promise<void>;
  onState: (state: SocketState) => void;
}

const PING_EVERY_MS = 20_000;
const DEAD_AFTER_MS = 45_000;
/** After sleep or a change of network a dead connection still looks open; this long it may take to prove itself. */
const PROVE_WITHIN_MS = 4_000;
const SIGNED_OUT_CODE = 4401;

/** One WebSocket's life: connect, hello, resume, resync, ping, and back again with growing waits. */
export class RealtimeSocket {
  readonly #options: SocketOptions;
  #socket: WebSocket | null = null;
  #state: SocketState = "connecting";
  #attempt = 0;
  #watched: string[] = [];
  #isResyncing = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #pinging: ReturnType<typeof setInterval> | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  get state(): SocketState {
    return this.#state;
  }

  open(): void {
    clearTimeout(this.#retry);
    this.#isResyncing = false;
    this.#enter("connecting");
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#hello();
      this.#pinging = setInterval(() => this.#ping(), PING_EVERY_MS);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      const said = JSON.parse(event.data) as ServerFrame | ServerFrame[];
      // Frames that waited together come together.
      for (const frame of Array.isArray(said) ? said : [said]) if (this.#socket === socket) this.#hear(frame);
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#lose(event.code);
    };
    this.#expectWithin(DEAD_AFTER_MS);
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** The complete list of people on screen; sent again after every reconnect. */
  watch(personIds: string[]): void {
    this.#watched = personIds;
    if (this.#state === "live") this.#say({ type: "watch", person_ids: personIds });
  }

  /** Said while one is live, or not at all: it is only good for seconds. */
  sayTyping(conversationId: string): void {
    if (this.#state === "live") this.#say({ type: "typing", conversation_id: conversationId });
  }

  /** The network came or went, or the page is visible again: do not sit out the wait, and do not trust a stale link. */
  nudge(): void {
    if (this.#state === "waiting") {
      this.#attempt = 0;
      this.open();
    } else if (this.#state === "live") {
      this.#ping();
      this.#expectWithin(PROVE_WITHIN_MS);
    }
  }

  #hear(frame: ServerFrame): void {
    this.#expectWithin(DEAD_AFTER_MS);
    if (frame.type === "resync") {
      void this.resync();
    } else if (!this.#isResyncing) {
      this.#options.onFrame(frame);
      if (frame.type === "welcome") this.#welcomed();
    }
  }

  #welcomed(): void {
    this.#attempt = 0;
    this.#enter("live");
    this.#say({ type: "watch", person_ids: this.#watched });
  }

  /** The snapshot once more, and then all that was told since: what comes meanwhile may be newer than it. */
  async resync(): Promise<void> {
    const socket = this.#socket;
    if (socket === null || this.#isResyncing) return;
    this.#isResyncing = true;
    try {
      await this.#options.resync();
    } catch {
      // Without a snapshot there is nothing to resume from; the next attempt asks for it again.
      if (this.#socket === socket) this.#lose(0);
      return;
    }
    if (this.#socket !== socket) return;
    this.#isResyncing = false;
    this.#hello();
  }

  #lose(code: number): void {
    this.#drop();
    if (code === SIGNED_OUT_CODE) {
      this.#enter("signed_out");
      return;
    }
    this.#enter("waiting");
    this.#retry = setTimeout(() => this.open(), backoffMs(this.#attempt));
    this.#attempt += 1;
  }

  #drop(): void {
    clearTimeout(this.#silence);
    clearInterval(this.#pinging);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #hello(): void {
    this.#say({ type: "hello", version: this.#options.version() });
  }

  #ping(): void {
    if (this.#state === "live") this.#say({ type: "ping", version: this.#options.version() });
  }

  #expectWithin(ms: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(0), ms);
  }

  #say(frame: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #enter(state: SocketState): void {
    if (state === this.#state && state !== "connecting") return;
    this.#state = state;
    this.#options.onState(state);
  }
}
