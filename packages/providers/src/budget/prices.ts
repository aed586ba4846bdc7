import type { Model, Usage } from "@brainops/core";
import { entryOf } from "../shape/json.ts";

/** What tokens of one model cost, in US dollars per million. */
export interface Rates {
  /** Prompt tokens that no cache had a part in. */
  readonly input: number;
  /** Tokens of the answer, reasoning included. */
  readonly output: number;
  /** Prompt tokens that the vendor had cached. Default: as `input`. */
  readonly cachedInput?: number;
  /** Prompt tokens that the vendor put into its cache. Default: as `input`. */
  readonly cacheWrite?: number;
}

/** The price of one model. */
export interface Price extends Rates {
  /** Other rates for the whole request when its prompt has more than `over` tokens. */
  readonly long?: Rates & {
    /** The number of prompt tokens above which these rates hold. */
    readonly over: number;
  };
}

/** Prices by the vendor's id of a model, or by a model's name in the chain. */
export interface PriceTable {
  /** The day on which the prices were looked up, such as `2026-11-22`. */
  readonly date: string;
  /** US dollars per million tokens. An id without the date that vendors append stands for all of its dates. */
  readonly prices: { readonly [idOrName: string]: Price };
}

/**
 * The price of a model: under its id; under the id without the date or release that vendors append; under its name in
 * the chain. Nothing when no price is known.
 */
export function priceOf(
  { prices }: PriceTable,
  model: Pick<Model, "name" | "id">,
  answeredBy?: string,
): Price | undefined {
  for (const id of [answeredBy, model.id]) {
    if (id === undefined) continue;
    const bare = id.replace(/^models\//, "");
    const found = entryOf(prices, bare) ?? entryOf(prices, bare.replace(/-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/, ""));
    if (found !== undefined) return found;
  }
  return entryOf(prices, model.name);
}

/**
 * What an answer cost in US dollars; nothing when its price or its tokens are not known.
 *
 * @example
 * ```ts
 * import { claude, costOf, defaultPrices } from "@brainops/providers";
 * const usd = costOf(defaultPrices, claude(), { inputTokens: 1_000, outputTokens: 200 });
 * ```
 */
export function costOf(
  table: PriceTable,
  model: Pick<Model, "name" | "id">,
  usage: Usage,
  answeredBy?: string,
): number | undefined {
  const price = priceOf(table, model, answeredBy);
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage;
  if (price === undefined) return undefined;
  if (inputTokens === null || outputTokens === null) {
    // Where nothing costs anything, the count does not matter.
    return price.input === 0 && price.output === 0 ? 0 : undefined;
  }
  const rates: Rates = price.long !== undefined && inputTokens > price.long.over ? price.long : price;
  const plain = Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens);
  const sum =
    plain * rates.input +
    cachedInputTokens * (rates.cachedInput ?? rates.input) +
    cacheWriteTokens * (rates.cacheWrite ?? rates.input) +
    outputTokens * rates.output;
  return sum / 1_000_000;
}
