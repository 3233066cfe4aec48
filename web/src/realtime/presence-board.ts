import type { IdentityPresence, Presence } from "./protocol";

/** What is known of anyone's presence, by identity; no entry means that nobody has told us: unknown. */
export class PresenceBoard {
  readonly #held = new Map<string, IdentityPresence>();
  readonly #listeners = new Set<() => void>();

  get(identityId: string): Presence | undefined {
    return this.#held.get(identityId)?.presence;
  }

  update(presences: IdentityPresence[]): void {
    for (const each of presences) this.#held.set(each.identity_id, each);
    this.#tell();
  }

  /** Nobody reports these people's changes any more, so what we hold would soon pass for fresh. */
  keepOnly(personIds: ReadonlySet<string>): void {
    for (const [id, each] of this.#held) {
      if (!personIds.has(each.person_id)) this.#held.delete(id);
    }
    this.#tell();
  }

  clear(): void {
    this.#held.clear();
    this.#tell();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
