import assert from "node:assert/strict";
import { test } from "node:test";
import { findItem, listItems } from "../src/catalogue.js";

const skus = (items) => items.map((item) => item.sku);

test("the first page has the cheapest items", () => {
  assert.deepEqual(skus(listItems(1, 3)), ["washer", "nut", "bolt"]);
});

test("the next page goes on where the first ended", () => {
  assert.deepEqual(skus(listItems(2, 3)), ["glue", "tape", "level"]);
});

test("the last page may be short", () => {
  assert.deepEqual(skus(listItems(3, 3)), ["hammer", "saw"]);
});

test("an unknown item is refused", () => {
  assert.throws(() => findItem("unicorn"), /no item 'unicorn'/);
});
