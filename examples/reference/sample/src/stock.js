import { catalogue, findItem } from "./catalogue.js";

/** What lies on the shelves. It answers later, as a warehouse does. */
export function createStock(each = 100) {
  const shelves = new Map(catalogue.map((item) => [item.sku, each]));

  async function available(sku) {
    return shelves.get(findItem(sku).sku);
  }

  return {
    available,
    /** Takes all lines out of stock, or none. */
    async reserve(lines) {
      for (const { sku, quantity } of lines) {
        const left = await available(sku);
        if (left - quantity < 0) return false;
      }
      for (const { sku, quantity } of lines) shelves.set(sku, shelves.get(sku) - quantity);
      return true;
    },
  };
}
