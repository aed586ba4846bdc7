import type { PriceTable } from "./prices.ts";

/**
 * The prices that a chain counts with unless told otherwise, as of the day in `date`. Prices change: give a table of your
 * own as `prices`, or this one with changes.
 *
 * Standard rates of the vendors' own APIs, in US dollars per million tokens, without discounts for batches and without
 * surcharges for regions. Gemini's Flash rates are the ones announced until the end of 2026. The ids are those of the
 * SDKs' own types; the SDKs carry no prices. Those were read off the vendors' model pages, some as others quote them, and
 * no program checks them: compare with your bill. A rate for cached tokens that was not found is left out, and they count as
 * input.
 */
export const defaultPrices: PriceTable = {
  date: "2026-11-24",
  prices: {
    "claude-opus-5-5": { input: 4, output: 20, cachedInput: 0.2, cacheWrite: 5 },
    "claude-opus-5": { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
    "claude-sonnet-5-5": { input: 2, output: 10 },
    "claude-sonnet-5": { input: 2, output: 10, cachedInput: 0.2, cacheWrite: 2.5 },
    "claude-haiku-4-5": { input: 1, output: 5, cachedInput: 0.1, cacheWrite: 1.25 },
    "claude-fable-5-1": { input: 10, output: 50 },
    "claude-fable-5": { input: 10, output: 50, cachedInput: 1, cacheWrite: 12.5 },
    "gpt-6.1-sol": {
      input: 2,
      output: 10,
      cachedInput: 0.1,
      cacheWrite: 2.5,
      long: { over: 272_000, input: 4, output: 15, cachedInput: 0.2, cacheWrite: 5 },
    },
    "gpt-6.1-terra": {
      input: 1,
      output: 5,
      cachedInput: 0.05,
      cacheWrite: 1.25,
      long: { over: 272_000, input: 2, output: 7.5, cachedInput: 0.1, cacheWrite: 2.5 },
    },
    "gpt-6-luna": { input: 0.1, output: 0.5, cachedInput: 0.01, cacheWrite: 0.125 },
    "gemini-3.8-flash": { input: 0.75, output: 3.75, cachedInput: 0.075 },
    "gemini-3.7-flash": { input: 0.75, output: 3.75, cachedInput: 0.075 },
    "gemini-3.6-flash": { input: 0.75, output: 3.75, cachedInput: 0.075 },
    // One's own machine sends no bill.
    local: { input: 0, output: 0 },
  },
};
