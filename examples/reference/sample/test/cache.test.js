import assert from "node:assert/strict";
import { test } from "node:test";
import { createCache } from "../src/cache.js";

test("what was used last is kept", () => {
  const cache = createCache();
  cache.set("a", 1, 2);
  cache.set("b", 2, 2);
  assert.equal(cache.get("a"), 1);
  cache.set("c", 3, 2);
  assert.equal(cache.get("b"), undefined);
  assert.equal(cache.get("a"), 1);
  assert.equal(cache.get("c"), 3);
});

test("a cache of size zero keeps nothing", () => {
  const cache = createCache();
  cache.set("a", 1, 0);
  assert.equal(cache.get("a"), undefined);
});
