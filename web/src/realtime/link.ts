import type { QueryClient } from "@tanstack/react-query";
import { applyEvent, type World } from "./apply-event";
import { LONG_LIST, lookAtPeopleAgain } from "./people-changed";
import { PresenceBoard } from "./presence-board";
import type { Account, ServerFrame } from "./protocol";
import type { EventListener } from "./realtime-context";
import { ServerClock } from "./server-clock";
import { RealtimeSocket, type SocketState } from "./socket";
import { TypingBoard } from "./typing-board";
import { WatchList } from "./watch-list";
import { changeWorld, heldWorld, worldQuery } from "./world";

/** A reconnect shorter than this is nobody's business. */
const PATIENCE_MS = 2_000;

interface Owner {
  onSignedOut: () => void;
  /** False once the connection has been away for longer than a moment. */
  onLive: (isLive: boolean) => void;
}

/** What happens to frames: events change the world, presences the board, and listeners hear of both. */
export class Link {
  readonly clock = new ServerClock();
  readonly presences = new PresenceBoard();
  readonly watchList = new WatchList((ids) => {
    this.presences.keepOnly(new Set(ids));
    this.#socket.watch(ids);
  });
  readonly typing = new TypingBoard((conversationId) => {
    this.#socket.sayTyping(conversationId);
  });
  #owner: Owner | undefined;
  readonly #client: QueryClient;
  readonly #listeners = new Set<EventListener>();
  readonly #socket: RealtimeSocket;
  #wasLive = false;
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(client: QueryClient) {
    this.#client = client;
    const { protocol, host } = globalThis.location;
    this.#socket = new RealtimeSocket({
      url: `${protocol === "https:" ? "wss" : "ws"}://${host}/api/v1/realtime`,
      version: () => versionOf(heldWorld(client)),
      onFrame: (frame) => {
        this.#hear(frame);
      },
      onState: (state) => {
        this.#follow(state);
      },
      resync: async () => {
        await client.query({ ...worldQuery(client), staleTime: 0, retry: false });
      },
    });
  }

  onEvent = (listener: EventListener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(owner: Owner): () => void {
    this.#owner = owner;
    const nudge = () => {
      if (document.visibilityState === "visible") this.#socket.nudge();
    };
    globalThis.addEventListener("online", nudge);
    globalThis.addEventListener("offline", nudge);
    document.addEventListener("visibilitychange", nudge);
    this.#socket.open();
    return () => {
      globalThis.removeEventListener("online", nudge);
      globalThis.removeEventListener("offline", nudge);
      document.removeEventListener("visibilitychange", nudge);
      clearTimeout(this.#patience);
      this.#socket.close();
    };
  }

  #hear(frame: ServerFrame): void {
    switch (frame.type) {
      case "event": {
        const before = heldWorld(this.#client);
        if (before === undefined) return;
        changeWorld(this.#client, (world) => ({ ...applyEvent(world, frame.event), version: frame.version }));
        this.typing.follow(frame.event);
        for (const listener of this.#listeners) listener(frame.event, before);
        if (frame.event.type === "account_changed") this.#followSwitches(before, frame.event.account);
        return;
      }
      case "welcome":
        this.clock.set(frame.server_time);
        changeWorld(this.#client, (world) => ({ ...world, version: frame.version }));
        return;
      case "presence":
        this.presences.update(frame.presences);
        return;
      case "typing":
        this.typing.hear(frame);
        return;
      case "directory_changed":
        void lookAtPeopleAgain(this.#client);
        return;
      // Messages are sent by REST here, so nobody waits for `sent` and `refused`.
      case "sent":
      case "refused":
      case "pong":
      case "resync":
        return;
    }
  }

  /** With Teams chat every conversation and list looks different: they are fetched rather than told one by one. */
  #followSwitches({ isOfTeams }: World, now: Account): void {
    // Not by what was held: the answer to who turned it may have come before.
    if (now.teams_chat_enabled !== isOfTeams) void this.#socket.resync();
    // Whoever may be contacted may be different, too.
    void lookAtPeopleAgain(this.#client);
  }

  /** What is not told as events may have changed while nobody listened, and what failed can succeed now. */
  #refresh(): void {
    if (this.#wasLive) {
      void lookAtPeopleAgain(this.#client);
      void this.#client.invalidateQueries({
        predicate: ({ state, meta, queryKey: [what] }) =>
          state.status === "error" && what !== "world" && !(meta === LONG_LIST && state.data !== undefined),
      });
    }
    this.#wasLive = true;
  }

  #follow(state: SocketState): void {
    if (state === "signed_out") this.#owner?.onSignedOut();
    if (state === "live") {
      clearTimeout(this.#patience);
      this.#patience = undefined;
      this.#refresh();
      this.#owner?.onLive(true);
    } else {
      this.#patience ??= setTimeout(() => {
        this.presences.clear();
        this.#owner?.onLive(false);
      }, PATIENCE_MS);
    }
  }
}

/** Which snapshot is held; none that fits what is told while it is of the time before a switch was turned. */
function versionOf(world: World | undefined): string {
  return world === undefined || world.isOfTeams !== world.account.teams_chat_enabled ? "" : world.version;
}
