import { findItem } from "./catalogue.js";
import { createCache } from "./cache.js";
import { lineTotal, totals } from "./price.js";
import { makeSeal } from "./seal.js";

/** Makes quotes. Every line carries a seal, so that a price cannot be changed on the way to the order. */
export function createQuoter(seal = makeSeal) {
  const seals = createCache();

  async function sealOf(item, config) {
    const kept = seals.get(item.sku);
    if (kept !== undefined) return kept;
    const made = await seal(item);
    seals.set(item.sku, made, config.cacheSize);
    return made;
  }

  return {
    async quote(lines, config) {
      const quoted = [];
      for (const { sku, quantity } of lines) {
        const item = findItem(sku);
        const amount = lineTotal(item.price, quantity, config);
        quoted.push({ sku, quantity, amount, seal: await sealOf(item, config) });
      }
      return { lines: quoted, ...totals(quoted.map((line) => line.amount), config) };
    },
  };
}
