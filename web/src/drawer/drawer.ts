import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { managedNonce } from "@noble/ciphers/utils.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** What is kept: a text that is being written, what is attached to it, a message that the server does not have yet. */
export type Kind = "draft" | "attached" | "outbox";
type Entry = [id: string, text: string];

const KEY_BYTES = 32;
const NAME_BYTES = 16;
/** What the browser's storage, full or forbidden, did not take: sealed as well, and there as long as this page lives. */
const untaken = new Map<string, string>();

/** What this browser keeps of one user, so that neither a reload nor another chat loses it. Sealed, at once, with a key
 * that only the user's own workspace gets; names tell nothing either. docs/decisions/0035 says why and how. */
export class Drawer {
  readonly #storage: Storage;
  readonly userId: string;
  readonly #listeners = new Set<() => void>();
  #key = "";
  #forNames = new Uint8Array();
  #forTexts = new Uint8Array();
  /** What was opened last under each name, so that it is not opened again at each look. */
  #opened = new Map<string, { sealed: string; entry: Entry }>();

  constructor(storage: Storage, userId: string, key: string) {
    this.#storage = storage;
    this.userId = userId;
    this.#use(key);
    this.#sealOlder();
  }

  get(kind: Kind, id: string): string | null {
    return this.#open(this.#nameOf(kind, id))?.[1] ?? null;
  }

  /** Everything of a kind, in no order. */
  all(kind: Kind): Entry[] {
    return this.#names(kind).flatMap((name) => {
      const entry = this.#open(name);
      return entry === undefined ? [] : [entry];
    });
  }

  put(kind: Kind, id: string, text: string): void {
    if (this.get(kind, id) === text) return;
    const name = this.#nameOf(kind, id);
    const entry: Entry = [id, text];
    const sealed = toText(this.#cipher(name).encrypt(utf8ToBytes(JSON.stringify(entry))));
    this.#opened.set(name, { sealed, entry });
    try {
      this.#storage.setItem(name, sealed);
      untaken.delete(name);
    } catch {
      untaken.set(name, sealed);
    }
    this.#tell();
  }

  remove(kind: Kind, id: string): void {
    const name = this.#nameOf(kind, id);
    if (this.#sealed(name) === null) return;
    this.#removeName(name);
    this.#tell();
  }

  /** Whether the browser's own storage has it all: else the rest ends with this page. */
  isLasting(): boolean {
    return ![...untaken.keys()].some((name) => name.includes(`.${this.userId}.`));
  }

  /** How many are kept of the user that cannot be opened: with another key, or changed by somebody else. */
  countClosed(): number {
    return this.#closed().length;
  }

  removeClosed(): void {
    for (const name of this.#closed()) this.#removeName(name);
    this.#tell();
  }

  /** The server gives another key than before: whatever is open is sealed with that. */
  changeKey(key: string): void {
    if (key === this.#key) return;
    const held = this.#names().flatMap((name): [string, Kind, Entry][] => {
      const entry = this.#open(name);
      return entry === undefined ? [] : [[name, name.split(".")[2] as Kind, entry]];
    });
    this.#use(key);
    for (const [name, kind, [id, text]] of held) {
      this.put(kind, id, text);
      this.#removeName(name);
    }
    this.#tell();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #use(key: string): void {
    const derive = (purpose: string) => hkdf(sha256, fromText(key), undefined, utf8ToBytes(`deskbridge drawer ${purpose}`), KEY_BYTES);
    this.#key = key;
    this.#forNames = derive("names");
    this.#forTexts = derive("texts");
    this.#opened = new Map();
  }

  #nameOf(kind: Kind, id: string): string {
    const hash = bytesToHex(hmac(sha256, this.#forNames, utf8ToBytes(`${kind} ${id}`)).subarray(0, NAME_BYTES));
    return `${this.#prefix(kind)}${hash}`;
  }

  #prefix(kind: Kind): string {
    return `deskbridge.sealed.${kind}.${this.userId}.`;
  }

  #names(...kinds: Kind[]): string[] {
    const prefixes = (kinds.length > 0 ? kinds : (["draft", "attached", "outbox"] as const)).map((kind) => this.#prefix(kind));
    const all = new Set([...namesIn(this.#storage), ...untaken.keys()]);
    return [...all].filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  }

  /** A sealed text opens in its own place only. */
  #cipher(name: string) {
    return managedNonce(xchacha20poly1305)(this.#forTexts, utf8ToBytes(name));
  }

  #sealed(name: string): string | null {
    return untaken.get(name) ?? this.#storage.getItem(name);
  }

  #open(name: string): Entry | undefined {
    const sealed = this.#sealed(name);
    if (sealed === null) return undefined;
    const opened = this.#opened.get(name);
    if (opened?.sealed === sealed) return opened.entry;
    try {
      const entry = JSON.parse(new TextDecoder().decode(this.#cipher(name).decrypt(fromText(sealed)))) as Entry;
      this.#opened.set(name, { sealed, entry });
      return entry;
    } catch {
      return undefined;
    }
  }

  #closed(): string[] {
    return this.#names().filter((name) => this.#open(name) === undefined);
  }

  #removeName(name: string): void {
    untaken.delete(name);
    this.#opened.delete(name);
    this.#storage.removeItem(name);
  }

  /** Earlier versions kept the same in clear text. */
  #sealOlder(): void {
    for (const name of namesIn(this.#storage)) {
      const [, kind, userId, id] = /^deskbridge\.(draft|attached|outbox)\.(.+)\.([^.]+)$/.exec(name) ?? [];
      const text = this.#storage.getItem(name);
      if (userId !== this.userId || id === undefined || text === null) continue;
      this.#storage.removeItem(name);
      this.put(kind as Kind, id, text);
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function namesIn(storage: Storage): string[] {
  return Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "");
}

function toText(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function fromText(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}
