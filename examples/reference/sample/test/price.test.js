import assert from "node:assert/strict";
import { test } from "node:test";
import { bulkDiscount, lineTotal, percentOf, totals } from "../src/price.js";

const config = { taxPercent: 20, bulkQuantity: 10, bulkPercent: 15 };

test("a percentage is rounded to the nearest cent", () => {
  assert.equal(percentOf(450, 15), 68);
});

test("a percentage below half a cent is rounded down", () => {
  assert.equal(percentOf(7, 20), 1);
});

test("few pieces have no discount", () => {
  assert.equal(bulkDiscount(405, 9, config), 0);
});

test("the discount begins with the bulk quantity itself", () => {
  assert.equal(bulkDiscount(450, 10, config), 68);
});

test("the discount is taken off the line", () => {
  assert.equal(lineTotal(45, 20, config), 765);
});

test("tax is added to the net sum", () => {
  assert.deepEqual(totals([765, 48], config), { net: 813, tax: 163, total: 976 });
});
