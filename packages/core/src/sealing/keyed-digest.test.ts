import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeKeyedDigest } from "./keyed-digest.ts";

test("a keyed digest is HMAC-SHA-256, whatever the text and however long", () => {
  const secret = randomBytes(32);
  const key = createSecretKey(secret);
  const digest = makeKeyedDigest(key);
  const expected = (text: string): string => createHmac("sha256", secret).update(text).digest("hex");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => digest(text) === expected(text)),
    { numRuns: 30 },
  );
  for (const length of [0, 1, 55, 56, 63, 64, 65, 341, 342, 5000])
    for (const letter of ["a", "ä", "€", "\ud800", "𝄞"])
      expect(digest(letter.repeat(length)), `${length} × ${letter}`).toBe(expected(letter.repeat(length)));
});

// RFC 4231, test case 2, whose key is shorter than a block.
test("it gives what others give", () => {
  const digest = makeKeyedDigest(createSecretKey(Buffer.from("Jefe")));
  expect(digest("what do ya want for nothing?")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});
