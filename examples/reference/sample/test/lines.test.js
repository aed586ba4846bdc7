import assert from "node:assert/strict";
import { test } from "node:test";
import { isQuantity, parseLines } from "../src/lines.js";

test("lines have a name and a quantity", () => {
  assert.deepEqual(parseLines("bolt:10,nut:4"), [
    { sku: "bolt", quantity: 10 },
    { sku: "nut", quantity: 4 },
  ]);
});

test("a quantity that is left out is one", () => {
  assert.deepEqual(parseLines("saw"), [{ sku: "saw", quantity: 1 }]);
});

test("nothing is no order", () => {
  assert.throws(() => parseLines(""), /no items given/);
});

test("half a bolt cannot be bought", () => {
  assert.equal(isQuantity(0.5), false);
});

test("a quantity is more than nothing", () => {
  assert.equal(isQuantity(0), false);
});
