import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSealer, keyIds, openSealer, sealingOverhead, type Sealer, type SealHeader } from "./index.ts";

const secret = "5".repeat(64);

async function makeSealer(): Promise<{ sealer: Sealer; wrapped: Map<number, Uint8Array> }> {
  const sealer = await createSealer(secret);
  const wrapped = new Map([keyIds.tokens, keyIds.store, 16, 17].map((id) => [id, sealer.newKey(id)]));
  return { sealer, wrapped };
}

test("what was sealed is opened at its place, by any sealer with the key", async () => {
  const { sealer, wrapped } = await makeSealer();
  const again = await openSealer(JSON.parse(JSON.stringify(sealer.header)) as SealHeader, secret);
  for (const [id, key] of wrapped) again.addKey(id, key);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.string(), (plain, place) => {
      const sealed = sealer.seal(16, place, plain);
      expect(sealed.length).toBe(plain.length + sealingOverhead);
      expect(sealer.keyOf(place, sealed)).toBe(16);
      expect(new Uint8Array(again.open(place, sealed))).toEqual(plain);
    }),
  );
  expect(again.token("term", "deploi")).toBe(sealer.token("term", "deploi"));
  expect(again.name("stream", "run/1")).toEqual(sealer.name("stream", "run/1"));
});

test("every changed bit, another place and another key are store_corrupt", async () => {
  const { sealer } = await makeSealer();
  const sealed = sealer.seal(16, "record|1", "text");
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    // A changed key id may name a key that is gone, which reads as erased.
    expect(() => sealer.open("record|1", changed)).toThrow(/damaged|gone|no store/);
  }
  expect(() => sealer.open("record|2", sealed)).toThrow(expect.objectContaining({ code: "store_corrupt" }));
  for (let length = 0; length < sealed.length; length++)
    expect(() => sealer.open("record|1", sealed.subarray(0, length))).toThrow(
      expect.objectContaining({ code: "store_corrupt" }),
    );
});

test("the same text is never sealed the same way twice", async () => {
  const { sealer } = await makeSealer();
  const seen = new Set(Array.from({ length: 2000 }, () => sealer.seal(16, "p|", "text").toString("hex")));
  expect(seen.size).toBe(2000);
});

test("what was prepared serves one seal under its key, and none under another", async () => {
  const { sealer } = await makeSealer();
  const seals = [16, 17, 16].map((id) => {
    sealer.prepare(16);
    sealer.prepare(16);
    return [id, sealer.seal(id, "p|", `by ${id}`), sealer.seal(16, "p|", "next")] as const;
  });
  for (const [id, sealed, next] of seals) {
    expect([sealer.keyOf("p|", sealed), sealer.open("p|", sealed).toString()]).toEqual([id, `by ${id}`]);
    expect(sealer.open("p|", next).toString()).toBe("next");
  }
  const nonces = seals.flatMap(([, ...both]) => both.map((bytes) => bytes.toString("hex", 4, 16)));
  expect(new Set(nonces).size).toBe(6);
  sealer.prepare(16);
  sealer.dropKey(16);
  expect(() => sealer.seal(16, "p|", "text")).toThrow(expect.objectContaining({ code: "erased" }));
});

test("a dropped key makes its contents erased, and no others", async () => {
  const { sealer } = await makeSealer();
  const one = sealer.seal(16, "p|", "one");
  const other = sealer.seal(17, "p|", "other");
  sealer.dropKey(16);
  expect(() => sealer.open("p|", one)).toThrow(expect.objectContaining({ code: "erased" }));
  expect(sealer.open("p|", other).toString()).toBe("other");
});

test("a wrapped key is bound to its id and its store", async () => {
  const { sealer, wrapped } = await makeSealer();
  const key = wrapped.get(16) ?? new Uint8Array();
  expect(() => sealer.addKey(17, key)).toThrow(expect.objectContaining({ code: "store_corrupt" }));
  const stranger = await createSealer(secret.replaceAll("5", "6"));
  expect(() => stranger.addKey(16, key)).toThrow(expect.objectContaining({ code: "store_corrupt" }));
});

test("only the right secret opens, whatever its form", async () => {
  const raw = randomBytes(32);
  for (const [made, right, wrong] of [
    [raw, raw.toString("hex"), randomBytes(32)],
    ["a long passphrase", "a long passphrase", "a long passphrasE"],
    ["a long passphrase", "a long passphrase", raw],
    [raw, raw.toString("base64url"), "a long passphrase"],
  ] as const) {
    const { header } = await createSealer(made);
    await openSealer(header, right);
    await expect(openSealer(header, wrong)).rejects.toMatchObject({ code: "wrong_key" });
  }
});

test("tokens and names tell kinds apart, and depend on the key", async () => {
  const { sealer } = await makeSealer();
  const other = await createSealer(secret);
  other.newKey(keyIds.tokens);
  expect(sealer.token("tag", "x")).not.toBe(sealer.token("term", "x"));
  expect(sealer.token("term", "x")).not.toBe(other.token("term", "x"));
  expect(sealer.token("term", "x")).toBeLessThan(2 ** 48);
  expect(sealer.name("a", "x")).toHaveLength(16);
  expect(sealer.name("a", "x")).not.toEqual(sealer.name("b", "x"));
});
