import { createHmac, hash, type KeyObject } from "node:crypto";

/** Makes keyed digests of texts, in hex. */
export type KeyedDigest = (text: string) => string;

// RFC 2104, for SHA-256.
const [blockSize, digestSize] = [64, 32];
const longest = 1024;

/**
 * HMAC-SHA-256 under one key, put together from two hashes: an object of its own for each digest takes three times as long, and
 * has to be collected.
 */
export function makeKeyedDigest(key: KeyObject): KeyedDigest {
  const bytes = key.export();
  if (bytes.length > blockSize) throw new RangeError("The key is longer than a block.");
  const inner = Buffer.alloc(blockSize + longest, 0x36);
  const outer = Buffer.alloc(blockSize + digestSize, 0x5c);
  for (const [i, byte] of bytes.entries()) {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  bytes.fill(0);
  return (text) => {
    // No letter takes more than three bytes.
    if (text.length * 3 > longest) return createHmac("sha256", key).update(text).digest("hex");
    const end = blockSize + inner.write(text, blockSize);
    outer.write(hash("sha256", inner.subarray(0, end), "hex"), blockSize, "hex");
    return hash("sha256", outer, "hex");
  };
}
