const MOST = 500;
const GATHER_MS = 60;
/** Someone who scrolled out of sight stays watched a little, so that scrolling back shows no gap. */
const LINGER_MS = 10_000;

/** Who is on screen, counted over all parts of the page that show people. */
export class WatchList {
  readonly #counts = new Map<string, number>();
  readonly #leaving = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #onChange: (personIds: string[]) => void;
  #gathering: ReturnType<typeof setTimeout> | undefined;

  constructor(onChange: (personIds: string[]) => void) {
    this.#onChange = onChange;
  }

  /** Watches these people until the returned function is called. */
  add(personIds: readonly string[]): () => void {
    for (const id of personIds) {
      clearTimeout(this.#leaving.get(id));
      this.#leaving.delete(id);
      this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    }
    this.#changed();
    return () => {
      for (const id of personIds) this.#release(id);
    };
  }

  #release(id: string): void {
    const left = (this.#counts.get(id) ?? 1) - 1;
    this.#counts.set(id, left);
    if (left > 0) return;
    const timer = setTimeout(() => {
      this.#leaving.delete(id);
      this.#counts.delete(id);
      this.#changed();
    }, LINGER_MS);
    this.#leaving.set(id, timer);
  }

  #changed(): void {
    if (this.#gathering !== undefined) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      this.#onChange(this.#mostWanted());
    }, GATHER_MS);
  }

  /** Those on screen come before those who only linger. */
  #mostWanted(): string[] {
    const ids = [...this.#counts];
    return ids
      .sort(([, a], [, b]) => Number(b > 0) - Number(a > 0))
      .slice(0, MOST)
      .map(([id]) => id);
  }
}
