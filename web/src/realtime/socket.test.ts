import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "../testing/fake-socket";
import { backoffMs } from "./backoff";
import type { ServerFrame } from "./protocol";
import { RealtimeSocket, type SocketState } from "./socket";

let sockets: FakeSocket[] = [];
let states: SocketState[] = [];
let heard: ServerFrame[] = [];
let version = "e.1";
let resync: () => Promise<void> = () => Promise.resolve();

const WELCOME: ServerFrame = { type: "welcome", version: "e.1", server_time: "2026-11-22T14:00:00Z" };

function latest(): FakeSocket {
  const last = sockets.at(-1);
  if (last === undefined) throw new Error("no socket");
  return last;
}

function opened(): RealtimeSocket {
  const socket = new RealtimeSocket({
    url: "ws://desk/api/v1/realtime",
    version: () => version,
    onFrame: (frame) => heard.push(frame),
    onState: (state) => states.push(state),
    resync: () => resync(),
  });
  socket.open();
  latest().accept();
  return socket;
}

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, states, heard, version] = [[], [], [], "e.1"];
  resync = () => Promise.resolve();
  class Recorded extends FakeSocket {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }
  }
  vi.stubGlobal("WebSocket", Recorded);
  return () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

describe("RealtimeSocket", () => {
  it("says hello with the version held, and who is on screen once welcome", () => {
    const socket = opened();
    socket.watch(["p1"]);
    latest().tell(WELCOME);

    expect(latest().said).toEqual([
      { type: "hello", version: "e.1" },
      { type: "watch", person_ids: ["p1"] },
    ]);
    expect(states).toEqual(["connecting", "live"]);
  });

  it("hears nothing while the snapshot is fetched once more, and then asks for what was told since", async () => {
    const socket = opened();
    latest().tell(WELCOME);
    const fetched = Promise.withResolvers<undefined>();
    resync = () => fetched.promise.then(() => void (version = "e.5"));

    const done = socket.resync();
    latest().tell({ ...WELCOME, version: "e.6" });
    fetched.resolve(undefined);
    await done;

    expect(heard).toEqual([WELCOME]);
    expect(latest().said.at(-1)).toEqual({ type: "hello", version: "e.5" });
  });

  it("comes back by itself, resumes where it was, and watches the same people", () => {
    const socket = opened();
    latest().tell(WELCOME);
    socket.watch(["p1"]);
    version = "e.7";
    latest().end();
    vi.advanceTimersByTime(600);
    latest().accept();
    latest().tell(WELCOME);

    expect(sockets).toHaveLength(2);
    expect(latest().said).toEqual([
      { type: "hello", version: "e.7" },
      { type: "watch", person_ids: ["p1"] },
    ]);
  });

  it("hears frames that come together one after the other", () => {
    const pong: ServerFrame = { type: "pong" };
    opened();
    latest().tell([WELCOME, pong]);
    expect(heard).toEqual([WELCOME, pong]);
  });

  it("fetches the snapshot when told to, and hears nothing meanwhile", async () => {
    opened();
    resync = () => {
      version = "e.9";
      return Promise.resolve();
    };
    latest().tell({ type: "resync" });
    latest().tell({ type: "directory_changed" });
    await vi.advanceTimersByTimeAsync(0);

    expect(heard).toEqual([]);
    expect(latest().said.at(-1)).toEqual({ type: "hello", version: "e.9" });
  });

  it("takes silence for death", () => {
    opened();
    latest().tell(WELCOME);
    vi.advanceTimersByTime(45_100);

    expect(states.at(-1)).toBe("waiting");
  });

  it("lives as long as pings are answered", () => {
    opened();
    latest().tell(WELCOME);
    for (let count = 0; count < 6; count += 1) {
      vi.advanceTimersByTime(20_000);
      latest().tell({ type: "pong" });
    }

    expect(states.at(-1)).toBe("live");
    expect(latest().said.filter((each) => each.type === "ping")).toHaveLength(6);
  });

  it("does not trust a link after sleep until it proves itself", () => {
    const socket = opened();
    latest().tell(WELCOME);
    socket.nudge();
    vi.advanceTimersByTime(4_100);

    expect(states.at(-1)).toBe("waiting");
  });

  it("stops when signed out", () => {
    opened();
    latest().end(4401);
    vi.advanceTimersByTime(60_000);

    expect(states.at(-1)).toBe("signed_out");
    expect(sockets).toHaveLength(1);
  });
});

describe("backoffMs", () => {
  it("grows up to a quarter of a minute, spread by half", () => {
    expect([0, 1, 2, 20].map((attempt) => backoffMs(attempt, () => 1))).toEqual([500, 750, 1125, 15_000]);
    expect(backoffMs(0, () => 0)).toBe(250);
  });
});
