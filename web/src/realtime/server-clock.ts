/** The server's time: this machine's clock, and how far it is off, as each welcome tells. */
export class ServerClock {
  #offset = 0;
  readonly #listeners = new Set<() => void>();

  now = (): number => Date.now() + this.#offset;

  set(serverTime: string): void {
    this.#offset = Date.parse(serverTime) - Date.now();
    for (const listener of this.#listeners) listener();
  }

  /** Told whenever it has been set. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
}
