import { createCipheriv, createDecipheriv, randomFillSync, type CipherGCM, type KeyObject } from "node:crypto";
import { BrainOpsError } from "../contracts/error.ts";

/** Bytes that sealing adds: 4 for the key's id, 12 for the nonce, 16 for the tag. */
export const sealingOverhead = 32;
const nonceAt = 4;
const tagAt = 16;

// Nonces are random and drawn in bulk: one call of the system's generator for each would cost as much as the cipher.
const pool = Buffer.allocUnsafeSlow(12 * 512);
let used = pool.length;

function nextNonce(target: Buffer): void {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  pool.copy(target, nonceAt, used, used + 12);
  pool.fill(0, used, used + 12);
  used += 12;
}

/** A cipher with a nonce of its own, for one seal. */
export interface Cipher {
  readonly key: KeyObject;
  /** The key's id and the nonce; the tag goes behind them. */
  readonly head: Buffer;
  readonly cipher: CipherGCM;
}

/** Makes the cipher of one seal. */
export function makeCipher(keyId: number, key: KeyObject): Cipher {
  const head = Buffer.allocUnsafe(sealingOverhead);
  head.writeUInt32BE(keyId, 0);
  nextNonce(head);
  return { key, head, cipher: createCipheriv("aes-256-gcm", key, head.subarray(nonceAt, tagAt)) };
}

/** Seals with AES-256-GCM: key id (big endian), nonce, tag, ciphertext. The place is authenticated, not stored. */
export function encryptWith({ head, cipher }: Cipher, place: string, plain: string | Uint8Array): Buffer {
  cipher.setAAD(Buffer.from(place, "utf8"));
  const body = typeof plain === "string" ? cipher.update(plain, "utf8") : cipher.update(plain);
  cipher.final();
  cipher.getAuthTag().copy(head, tagAt);
  return Buffer.concat([head, body], sealingOverhead + body.length);
}

/** The same with a cipher that is made now. */
export function encrypt(keyId: number, key: KeyObject, place: string, plain: string | Uint8Array): Buffer {
  return encryptWith(makeCipher(keyId, key), place, plain);
}

/** Opens what {@link encrypt} sealed; `store_corrupt` when a bit, the key or the place is another. */
export function decrypt(key: KeyObject, place: string, sealed: Uint8Array): Buffer {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(nonceAt, tagAt), { authTagLength: 16 });
    decipher.setAuthTag(sealed.subarray(tagAt, sealingOverhead));
    decipher.setAAD(Buffer.from(place, "utf8"));
    const plain = decipher.update(sealed.subarray(sealingOverhead));
    decipher.final();
    return plain;
  } catch (cause) {
    throw corrupt(place, cause);
  }
}

/** The id of the key under which something was sealed. */
export function keyIdOf(place: string, sealed: Uint8Array): number {
  if (!(sealed instanceof Uint8Array) || sealed.length < sealingOverhead) throw corrupt(place);
  return (((sealed[0] ?? 0) << 24) | ((sealed[1] ?? 0) << 16) | ((sealed[2] ?? 0) << 8) | (sealed[3] ?? 0)) >>> 0;
}

function corrupt(place: string, cause?: unknown): BrainOpsError {
  // Only the kind of place is named: the rest of it may tell what the contents are about.
  const kind = place.split("|", 1)[0] ?? "";
  return new BrainOpsError(
    "store_corrupt",
    `Sealed bytes (${kind}) are damaged or were moved from their place. Restore the store from a backup.`,
    { cause },
  );
}
