import { hash as digest } from "node:crypto";

/** Numbers from 0 up to 1 that depend on the seed alone. */
export interface Random {
  next(): number;
  /** A UUIDv7 with the given time, its random part from here. */
  uuid(time: number): string;
}

/**
 * A seeded generator: xoshiro128** (Blackman, Vigna: Scrambled linear pseudorandom number generators, 2021), its
 * state taken from a SHA-256 of the seed. Not for secrets.
 */
export function seededRandom(seed: string): Random {
  // Most who have one never ask it, so the state is not made before the first number.
  let state: Uint32Array | undefined;
  const word = (): number => {
    state ??= new Uint32Array(new Uint8Array(digest("sha256", seed, "buffer")).buffer.slice(0, 16));
    const [a, b, c, d] = state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    const mixedC = c ^ a;
    const mixedD = d ^ b;
    state[1] = b ^ mixedC;
    state[0] = a ^ mixedD;
    state[2] = mixedC ^ shifted;
    state[3] = rotate(mixedD, 11);
    return result;
  };
  return {
    next: () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992,
    uuid: (time) => formatUuid7(time, [word(), word(), word()]),
  };
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

function formatUuid7(time: number, [a, b, c]: [number, number, number]): string {
  const hex = (value: number, length: number): string => value.toString(16).padStart(length, "0");
  const stamp = hex(Math.max(0, Math.floor(time)), 12);
  const version = hex(0x7000 | (a & 0xfff), 4);
  const variant = hex(0x8000 | ((a >>> 12) & 0x3fff), 4);
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-${version}-${variant}-${hex(b, 8)}${hex(c & 0xffff, 4)}`;
}

// Drawn in bulk: asking the system for each costs more than the rest.
const pool = new Uint32Array(3 * 64);
let used = pool.length;

/** A fresh UUIDv7 (RFC 9562): sorts by the time it was made. */
export function uuid7(time: number): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const from = used;
  used += 3;
  return formatUuid7(time, [pool[from] as number, pool[from + 1] as number, pool[from + 2] as number]);
}
