import { createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { BrainOpsError } from "../contracts/error.ts";
import { keepLast, type Kept } from "../recall/keep.ts";
import { decrypt, encrypt, encryptWith, keyIdOf, makeCipher, type Cipher } from "./cipher.ts";
import { makeKeyedDigest, type KeyedDigest } from "./keyed-digest.ts";
import { rawKey, stretchSecret, wrongKey, type Secret, type Stretch } from "./secret.ts";

/** What a store keeps in the clear, so that it can be opened again. Plain JSON. */
export interface SealHeader {
  /** Version of the sealed format. */
  readonly format: 1;
  /** Version of the master key under which the other keys are wrapped. Grows when it is changed. */
  readonly master: number;
  /** How the secret becomes the master key. */
  readonly stretch: Stretch;
  /** A constant sealed under the master key, in base64: tells a wrong key from damage. */
  readonly check: string;
}

/**
 * Seals and opens contents, and makes keyed names. A store has one; it keeps {@link SealHeader} and the wrapped keys.
 *
 * A `place` binds sealed bytes to where they belong, such as `record|ID|3`; it starts with the kind of thing and a bar.
 * Opened with another place, they are `store_corrupt`.
 */
export interface Sealer {
  /** Changes when the master key does. */
  readonly header: SealHeader;
  /** Makes a new data key, ready for use, and gives it wrapped, to be kept by the store under this id. */
  newKey(id: number): Uint8Array;
  /** Takes a wrapped key that the store has kept. `store_corrupt` when it does not unwrap. */
  addKey(id: number, wrapped: Uint8Array): void;
  /** Whether the key is known, and not dropped. */
  hasKey(id: number): boolean;
  /** Forgets a key. What it sealed cannot be opened any more, once its wrapped form is gone from the store too. */
  dropKey(id: number): void;
  /** Forgets the keys of all scopes; they are loaded again when needed. */
  dropScopeKeys(): void;
  /** Seals contents under a key and binds them to their place: opened anywhere else, they fail. */
  seal(keyId: number, place: string, plain: string | Uint8Array): Buffer;
  /**
   * Makes what the next seal under a key begins with, which is half of its work: for whoever has nothing to do but to wait, and
   * will soon seal again.
   */
  prepare(keyId: number): void;
  /** `store_corrupt` when damaged or moved; `erased` when the key is gone. */
  open(place: string, sealed: Uint8Array): Buffer;
  /** Prepares another master key; nothing changes until {@link Sealer.takeOver}. */
  succession(secret: Secret): Promise<Succession>;
  /**
   * Goes over to another master key, handed over by one who knew both. `wrong_key` when it was not handed over from the master
   * key that this sealer has.
   */
  takeOver(header: SealHeader, handover: Uint8Array): void;
  /** The id of the key that sealed these bytes, so that a store can load it. */
  keyOf(place: string, sealed: Uint8Array): number;
  /** A keyed token of 48 bits for a search term of some kind; the same in the whole store, meaningless without the key. */
  token(kind: string, term: string): number;
  /** A keyed name of 16 bytes for a thing of some kind, such as a stream: found by equality, unreadable. */
  name(kind: string, name: string): Buffer;
  /** The same in hex. */
  nameText(kind: string, name: string): string;
}

/** Another master key for the same store. */
export interface Succession {
  /** What the store keeps from now on. */
  readonly header: SealHeader;
  /** The new master key, wrapped under the old one: for sealers that are open. Keep it no longer than they need. */
  readonly handover: Uint8Array;
  /** Wraps a kept key anew. `store_corrupt` when it does not unwrap. */
  rewrap(id: number, wrapped: Uint8Array): Uint8Array;
}

/** The keys that every store has from the start, by id. Data keys of scopes have ids from 16 on. */
export const keyIds = {
  /** Makes search tokens and keyed names. */
  tokens: 1,
  /** Seals all that belongs to no scope, streams, documents and names, until a store has another key for it. */
  store: 2,
  /** The first id that is free for scopes. */
  firstScope: 16,
} as const;

const checkText = "brainops key check";
const tokensKept = 50_000;

/** Makes the sealer of a new store. Passphrases are stretched; see {@link Secret}. */
export async function createSealer(secret: Secret): Promise<Sealer> {
  const { header, bytes } = await newMaster(secret, 1);
  return makeSealer(header, createSecretKey(bytes));
}

async function newMaster(secret: Secret, version: number): Promise<{ header: SealHeader; bytes: Uint8Array }> {
  const stretch: Stretch =
    rawKey(secret) === undefined
      ? { name: "scrypt", salt: randomBytes(16).toString("base64"), cost: 2 ** 15, blockSize: 8 }
      : { name: "none" };
  const bytes = await stretchSecret(secret, stretch);
  const check = encrypt(0, createSecretKey(bytes), `check|${version}`, checkText).toString("base64");
  return { header: { format: 1, master: version, stretch, check }, bytes };
}

/** Opens the sealer of an existing store; `wrong_key` when the secret is not the one it was made with. */
export async function openSealer(header: SealHeader, secret: Secret): Promise<Sealer> {
  if (header.format !== 1)
    throw new BrainOpsError("store_too_new", "The store is sealed in a format that this version cannot read. Upgrade.");
  const master = createSecretKey(await stretchSecret(secret, header.stretch));
  try {
    decrypt(master, `check|${header.master}`, Buffer.from(header.check, "base64"));
  } catch {
    throw wrongKey();
  }
  return makeSealer(header, master);
}

function makeSealer(firstHeader: SealHeader, firstMaster: KeyObject): Sealer {
  let [header, master] = [firstHeader, firstMaster];
  const keys = new Map<number, KeyObject>();
  const tokens = new Map<string, Kept<string, number>>();
  const need = (id: number): KeyObject => {
    const key = keys.get(id);
    if (key === undefined && id < keyIds.firstScope)
      throw new BrainOpsError("store_corrupt", `Sealed bytes name a key (${id}) that no store has. Restore a backup.`);
    if (key === undefined) throw new BrainOpsError("erased", `Data key ${id} is gone, and so is what it sealed.`);
    return key;
  };
  /** Lets go of a key, and of all that was made of it. */
  const forget = (id: number): void => {
    keys.delete(id);
    prepared = undefined;
    if (id === keyIds.tokens) keyed = undefined;
  };
  const setKey = (id: number, bytes: Uint8Array): void => {
    forget(id);
    keys.set(id, createSecretKey(bytes));
  };
  let prepared: Cipher | undefined;
  let keyed: KeyedDigest | undefined;
  const digest = (kind: string, text: string): string =>
    (keyed ??= makeKeyedDigest(need(keyIds.tokens)))(`${kind}\n${text}`);
  return {
    get header() {
      return header;
    },
    newKey(id) {
      const bytes = randomBytes(32);
      setKey(id, bytes);
      const wrapped = encrypt(header.master, master, `key|${id}|${header.master}`, bytes);
      bytes.fill(0);
      return wrapped;
    },
    addKey(id, wrapped) {
      const place = `key|${id}|${keyIdOf("key|", wrapped)}`;
      const bytes = decrypt(master, place, wrapped);
      setKey(id, bytes);
      bytes.fill(0);
    },
    async succession(secret) {
      const next = await newMaster(secret, header.master + 1);
      const key = createSecretKey(next.bytes);
      const handover = encrypt(0, master, `handover|${next.header.master}`, next.bytes);
      const old = master;
      return {
        header: next.header,
        handover,
        rewrap(id, wrapped) {
          const bytes = decrypt(old, `key|${id}|${keyIdOf("key|", wrapped)}`, wrapped);
          const again = encrypt(next.header.master, key, `key|${id}|${next.header.master}`, bytes);
          bytes.fill(0);
          return again;
        },
      };
    },
    takeOver(next, handover) {
      try {
        master = createSecretKey(decrypt(master, `handover|${next.master}`, handover));
      } catch {
        throw wrongKey();
      }
      header = next;
    },
    hasKey: (id) => keys.has(id),
    dropKey: forget,
    dropScopeKeys() {
      for (const id of keys.keys()) if (id >= keyIds.firstScope) forget(id);
    },
    seal(keyId, place, plain) {
      const key = need(keyId);
      if (prepared?.key !== key) return encrypt(keyId, key, place, plain);
      const cipher = prepared;
      // A nonce is for one seal alone.
      prepared = undefined;
      return encryptWith(cipher, place, plain);
    },
    prepare(keyId) {
      const key = need(keyId);
      if (prepared?.key !== key) prepared = makeCipher(keyId, key);
    },
    open: (place, sealed) => decrypt(need(keyIdOf(place, sealed)), place, sealed),
    keyOf: keyIdOf,
    token(kind, term) {
      let ofKind = tokens.get(kind);
      if (ofKind === undefined) tokens.set(kind, (ofKind = keepLast(tokensKept)));
      let token = ofKind.get(term);
      if (token === undefined) {
        token = Number.parseInt(digest(kind, term).slice(0, 12), 16);
        ofKind.set(term, token);
      }
      return token;
    },
    name: (kind, name) => Buffer.from(digest(kind, name).slice(0, 32), "hex"),
    nameText: (kind, name) => digest(kind, name).slice(0, 32),
  };
}
