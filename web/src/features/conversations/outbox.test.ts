import { beforeEach, describe, expect, it, vi } from "vitest";
import { NetworkError, ProblemError } from "../../api/problem";
import { Drawer } from "../../drawer/drawer";
import { makeMessage } from "../../testing/builders";
import { Outbox, type OutboxOptions, type Pending } from "./outbox";

let arrived: Pending[] = [];
let answer: (pending: Pending) => Error | null = () => null;

const drawerOf = (userId: string) => new Drawer(localStorage, userId, btoa(userId.padEnd(32)));

function makeOutbox(over: Partial<OutboxOptions> = {}): Outbox {
  const outbox = new Outbox({
    drawer: drawerOf("u1"),
    send: (pending) => {
      const error = answer(pending);
      if (error !== null) return Promise.reject(error);
      arrived.push(pending);
      return Promise.resolve(makeMessage({ client_id: pending.client_id }));
    },
    onSent: () => undefined,
    onSignedOut: () => undefined,
    ...over,
  });
  outbox.start();
  return outbox;
}

const words = (text: string) => ({ text, html: null });
const texts = (pendings: Pending[]) => pendings.map((each) => each.text);

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  [arrived, answer] = [[], () => null];
  return () => {
    vi.useRealTimers();
  };
});

describe("Outbox", () => {
  it("sends in the order of writing, one at a time", async () => {
    const outbox = makeOutbox();
    for (const text of ["one", "two", "three"]) outbox.add("c", words(text));
    await vi.advanceTimersByTimeAsync(0);

    expect(texts(arrived)).toEqual(["one", "two", "three"]);
    expect(outbox.list()).toEqual([]);
    expect(localStorage).toHaveLength(0);
  });

  it("keeps trying while nobody answers, and keeps the order", async () => {
    answer = () => new NetworkError("away");
    const outbox = makeOutbox();
    outbox.add("c", words("one"));
    outbox.add("c", words("two"));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(texts(outbox.list())).toEqual(["one", "two"]);

    answer = () => null;
    await vi.advanceTimersByTimeAsync(16_000);
    expect(texts(arrived)).toEqual(["one", "two"]);
  });

  it("sends after a reload what was written before it, with the same client_id", async () => {
    answer = () => new NetworkError("away");
    const before = makeOutbox();
    before.add("c", words("kept"));
    const clientId = before.list()[0]?.client_id;
    answer = () => null;

    makeOutbox();
    await vi.advanceTimersByTimeAsync(0);

    expect(arrived.map((each) => each.client_id)).toEqual([clientId]);
  });

  it("stops at a refusal with its sentence, lets the next one pass, and tries again when told to", async () => {
    answer = ({ text }) => (text === "bad" ? new ProblemError("message_too_large", "Too long.", 422) : null);
    const outbox = makeOutbox();
    outbox.add("c", words("bad"));
    outbox.add("c", words("good"));
    await vi.advanceTimersByTimeAsync(0);
    expect(texts(arrived)).toEqual(["good"]);
    expect(outbox.list()).toMatchObject([{ text: "bad", problem: "Too long." }]);

    answer = () => null;
    outbox.retry(outbox.list()[0]?.client_id ?? "");
    await vi.advanceTimersByTimeAsync(0);
    expect(outbox.list()).toEqual([]);
  });

  it("waits for its writer to sign in again", async () => {
    const onSignedOut = vi.fn();
    answer = () => new ProblemError("not_signed_in", "Sign in.", 401);
    const outbox = makeOutbox({ onSignedOut });
    outbox.add("c", words("kept"));
    await vi.advanceTimersByTimeAsync(0);

    expect(onSignedOut).toHaveBeenCalledOnce();
    expect(outbox.list()).toMatchObject([{ text: "kept", problem: null }]);
  });

  it("keeps what other users of this browser wrote for them", async () => {
    answer = () => new NetworkError("away");
    makeOutbox({ drawer: drawerOf("somebody") }).add("c", words("theirs"));
    answer = () => null;
    const mine = makeOutbox();
    await vi.advanceTimersByTimeAsync(0);

    expect(mine.list()).toEqual([]);
    expect(localStorage).toHaveLength(1);
  });
});
