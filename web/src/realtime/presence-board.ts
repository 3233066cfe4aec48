import type { IdentityPresence, Presence } from "./protocol";

/** What is known of anyone's presence, by identity; no entry means that nobody has told us: unknown. */
export class PresenceBoard {
  readonly #held = new Map<string, IdentityPresence>();
  /** By identity: who scrolls through thousands of rows is not to wake all of them with each presence. */
  readonly #listeners = new Map<string, Set<() => void>>();

  get(identityId: string): Presence | undefined {
    return this.#held.get(identityId)?.presence;
  }

  update(presences: IdentityPresence[]): void {
    for (const each of presences) this.#held.set(each.identity_id, each);
    for (const each of presences) this.#tell(each.identity_id);
  }

  /** Nobody reports these people's changes any more, so what we hold would soon pass for fresh. */
  keepOnly(personIds: ReadonlySet<string>): void {
    for (const [id, each] of this.#held) {
      if (!personIds.has(each.person_id)) this.#forget(id);
    }
  }

  clear(): void {
    for (const id of this.#held.keys()) this.#forget(id);
  }

  subscribe(identityId: string, listener: () => void): () => void {
    const theirs = this.#listeners.get(identityId) ?? new Set();
    this.#listeners.set(identityId, theirs.add(listener));
    return () => {
      theirs.delete(listener);
      if (theirs.size === 0 && this.#listeners.get(identityId) === theirs) this.#listeners.delete(identityId);
    };
  }

  #forget(identityId: string): void {
    this.#held.delete(identityId);
    this.#tell(identityId);
  }

  #tell(identityId: string): void {
    for (const listener of this.#listeners.get(identityId) ?? []) listener();
  }
}
