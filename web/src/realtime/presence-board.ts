import type { IdentityPresence, Presence } from "./protocol";

/** A presence as it was told; `isLost` where its source told one before and vouches for none any more. */
export interface KnownPresence extends Presence {
  isLost?: boolean;
}

/** What is known of anyone's presence, by identity; no entry means that nobody has told us: unknown. */
export class PresenceBoard {
  readonly #held = new Map<string, IdentityPresence & { presence: KnownPresence }>();
  /** By identity: who scrolls through thousands of rows is not to wake all of them with each presence. */
  readonly #listeners = new Map<string, Set<() => void>>();

  get(identityId: string): KnownPresence | undefined {
    return this.#held.get(identityId)?.presence;
  }

  update(presences: IdentityPresence[]): void {
    for (const each of presences) {
      const presence = afterBefore(each.presence, this.get(each.identity_id));
      this.#held.set(each.identity_id, { ...each, presence });
    }
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

function afterBefore(presence: Presence, before: KnownPresence | undefined): KnownPresence {
  if (presence.as_of !== null || before === undefined) return presence;
  return { ...presence, isLost: before.as_of !== null || before.isLost === true };
}
