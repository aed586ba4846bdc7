import { hkdfSync, scrypt } from "node:crypto";
import { BrainOpsError } from "../contracts/error.ts";

/**
 * What opens a store: 32 random bytes, as bytes or written in hex or base64, or else a passphrase of at least 8
 * characters. Bytes are used as they are; a passphrase is stretched with scrypt once at opening (about 0.1 s).
 */
export type Secret = string | Uint8Array;

/** How a passphrase is stretched: scrypt with these parameters. A raw key is not stretched. */
export type Stretch =
  | {
      /** The secret is a raw key. */
      readonly name: "none";
    }
  | {
      /** The secret is a passphrase. */
      readonly name: "scrypt";
      /** Random bytes in base64, drawn when the store was made. */
      readonly salt: string;
      /** N of scrypt: memory and time grow with it. */
      readonly cost: number;
      /** r of scrypt. */
      readonly blockSize: number;
    };

/** The raw 32 bytes of a secret, or `undefined` when it is a passphrase. Throws `invalid_input` when it is neither. */
export function rawKey(secret: Secret): Uint8Array | undefined {
  if (typeof secret !== "string") {
    if (secret instanceof Uint8Array && secret.length === 32) return secret;
    throw new BrainOpsError("invalid_input", "A key given as bytes must have exactly 32 of them.");
  }
  if (/^[0-9a-fA-F]{64}$/.test(secret)) return Buffer.from(secret, "hex");
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(secret)) return Buffer.from(secret, "base64");
  if (secret.length >= 8) return undefined;
  throw new BrainOpsError(
    "invalid_input",
    "A key must be 32 bytes in hex or base64, or a passphrase of at least 8 characters.",
  );
}

/** Turns a secret into the 32 bytes that wrap all other keys. */
export async function stretchSecret(secret: Secret, stretch: Stretch): Promise<Uint8Array> {
  const raw = rawKey(secret);
  const root = raw ?? (stretch.name === "scrypt" ? await runScrypt(secret, stretch) : undefined);
  // A passphrase for a store that was made with a raw key, or the other way round.
  if (root === undefined || (raw !== undefined && stretch.name !== "none")) throw wrongKey();
  return new Uint8Array(hkdfSync("sha256", root, "", "brainops/wrap/1", 32));
}

/** The error for a key that does not fit. */
export function wrongKey(): BrainOpsError {
  return new BrainOpsError(
    "wrong_key",
    "This key does not open the store. Give the key that it was made with; without it the contents cannot be read.",
  );
}

function runScrypt(secret: Secret, stretch: Extract<Stretch, { name: "scrypt" }>): Promise<Uint8Array> {
  const { cost: N, blockSize: r, salt } = stretch;
  // Parameters come from the store's header; bound them, so that a damaged one cannot take all memory.
  if (!(N >= 2 && N <= 2 ** 20 && r >= 1 && r <= 16))
    throw new BrainOpsError("store_corrupt", "The store's header asks for impossible scrypt parameters.");
  return new Promise((resolve, reject) => {
    const options = { N, r, p: 1, maxmem: 256 * N * r };
    const text = typeof secret === "string" ? secret.normalize("NFKC") : secret;
    scrypt(text, Buffer.from(salt, "base64"), 32, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
