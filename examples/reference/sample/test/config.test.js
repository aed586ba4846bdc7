import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../src/config.js";

const sound = { cacheSize: 1, taxPercent: 20, bulkQuantity: 10, bulkPercent: 15 };

test("a sound configuration is taken as it is", () => {
  assert.deepEqual(parseConfig(JSON.stringify(sound)), sound);
});

test("a limit itself is allowed", () => {
  assert.equal(parseConfig(JSON.stringify({ ...sound, taxPercent: 100 })).taxPercent, 100);
});

test("a value that is no number is refused, by name", () => {
  assert.throws(() => parseConfig(JSON.stringify({ ...sound, cacheSize: "lots" })), /cacheSize must be .* "lots"/);
});
