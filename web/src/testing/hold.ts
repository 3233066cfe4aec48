import { onTestFinished } from "vitest";

/** From now on the server answers whose address has this in it, and the answers are on their way until released. */
export function holdAnswers(of: string): { asked: () => number; release: () => void } {
  const { fetch } = globalThis;
  const released = Promise.withResolvers<undefined>();
  let asked = 0;
  const held: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const answer = await fetch(request);
    if (!request.url.includes(of)) return answer;
    asked += 1;
    await released.promise;
    return answer;
  };
  globalThis.fetch = held;
  const release = () => {
    if (globalThis.fetch === held) globalThis.fetch = fetch;
    released.resolve(undefined);
  };
  onTestFinished(release);
  return { asked: () => asked, release };
}
