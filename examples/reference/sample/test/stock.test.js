import assert from "node:assert/strict";
import { test } from "node:test";
import { createStock } from "../src/stock.js";

test("what is reserved is gone from the shelf", async () => {
  const stock = createStock(5);
  assert.equal(await stock.reserve([{ sku: "bolt", quantity: 3 }]), true);
  assert.equal(await stock.available("bolt"), 2);
});

test("more than there is cannot be reserved", async () => {
  const stock = createStock(5);
  assert.equal(await stock.reserve([{ sku: "bolt", quantity: 6 }]), false);
});

test("the last piece can be reserved", async () => {
  const stock = createStock(5);
  assert.equal(await stock.reserve([{ sku: "bolt", quantity: 5 }]), true);
});

test("an order is reserved as a whole or not at all", async () => {
  const stock = createStock(5);
  const order = [
    { sku: "bolt", quantity: 2 },
    { sku: "nut", quantity: 9 },
  ];
  assert.equal(await stock.reserve(order), false);
  assert.equal(await stock.available("bolt"), 5);
});
