import assert from "node:assert/strict";
import { test } from "node:test";
import { createQuoter } from "../src/quote.js";

const config = { cacheSize: 4, taxPercent: 20, bulkQuantity: 10, bulkPercent: 15 };
const seal = async (item) => `sealed ${item.sku}`;

test("a quote names every line and the sums", async () => {
  const quote = await createQuoter(seal).quote([{ sku: "nut", quantity: 4 }], config);
  assert.deepEqual(quote, {
    lines: [{ sku: "nut", quantity: 4, amount: 48, seal: "sealed nut" }],
    net: 48,
    tax: 10,
    total: 58,
  });
});

test("a seal that is kept is not made again", async () => {
  let made = 0;
  const quoter = createQuoter(async (item) => `${item.sku} ${++made}`);
  await quoter.quote([{ sku: "nut", quantity: 1 }], config);
  await quoter.quote([{ sku: "nut", quantity: 1 }], config);
  assert.equal(made, 1);
});
