import { BrainOpsError, type Clock, type Model, type ModelRequest, type Usage } from "@brainops/core";
import { systemClock } from "../time/clock.ts";
import { estimate } from "./estimate.ts";
import { pots, type Amount, type Pot, type SharedPots } from "./pots.ts";
import { costOf, priceOf, type PriceTable } from "./prices.ts";

/** The most that may be spent. What is not given is not limited. */
export interface Limit {
  /** Input and output tokens together. */
  readonly tokens?: number;
  /** US dollars. */
  readonly usd?: number;
}

/** Whom a request is for. */
export interface Spender {
  /** Id of the run that asks. Absent: it counts for no run. */
  readonly run?: string;
  /** Such as `acme/shop`; what it spends counts for `acme` too. */
  readonly scope?: string;
}

/** What {@link budget} can be told. */
export interface BudgetOptions {
  /** The most for one call of a chain, all its tries together. Default: no limit. */
  readonly perCall?: Limit;
  /** The most for one run. Default: no limit. */
  readonly perRun?: Limit;
  /** The most for one day, in UTC. Default: no limit. */
  readonly perDay?: Limit;
  /** The most for a scope and all below it, by scope. Default: no limits. */
  readonly scopes?: { readonly [scope: string]: Limit };
  /** Says whom a request is for. Default: the run that asks and its scope; else `run` and `scope` of its metadata. */
  readonly spender?: (request: ModelRequest, call: Spender) => Spender;
  /** How many tokens an answer is taken to have when its request gives no limit. Default 1,024. */
  readonly assumedOutputTokens?: number;
  /**
   * Where processes share what was spent, and find it again after a restart: the storage of a plugin. Default: each
   * process counts for itself, from its start.
   */
  readonly shared?: SharedPots;
  /** Where the day comes from. Default: the system's clock. */
  readonly clock?: Clock;
}

/** What one try has put aside. Has to be settled when the try is over. */
export interface Reservation {
  /** Books what was used. Without usage nothing is booked; a count that the vendor did not give is booked as it was guessed. */
  settle(usage: Usage | undefined, cost: number | undefined): void;
}

/** What may be spent, and what was. */
export interface Budget {
  /**
   * Puts aside what a request is likely to use. Throws `budget_exceeded` when that is more than is left. All tries of one
   * call give the same object as `call`, which says who makes it.
   */
  reserve(model: Pick<Model, "name" | "id">, request: ModelRequest, prices: PriceTable, call?: Spender): Reservation;
  /** What was spent today, by a run, or in a scope; what is put aside at the moment is not in it. */
  spent(
    whose?:
      | {
          /** Id of the run. */
          readonly run: string;
        }
      | {
          /** The scope, with all below it. */
          readonly scope: string;
        },
  ): Amount;
  /** Reads what was spent before from where it is shared. Await it once before the first call. */
  load(): Promise<void>;
}

/**
 * Limits what models may cost, in tokens and in US dollars. A call that is likely to go beyond a limit is the error
 * `budget_exceeded`, and nothing is sent: its tokens are guessed and put aside, so that calls at the same time cannot go
 * beyond together; what was really used is booked afterwards. With a limit in dollars every model needs a price.
 *
 * @example
 * ```ts
 * import { budget, chain, claude, local } from "@brainops/providers";
 * const limits = budget({ perCall: { usd: 0.5 }, perDay: { usd: 20 }, scopes: { "acme/shop": { tokens: 1_000_000 } } });
 * // Over budget the chain stops; with `leave` a model that costs nothing may still answer.
 * const model = chain([claude(), local()], { budget: limits, onError: { budget_exceeded: "leave" } });
 * ```
 */
export function budget(options: BudgetOptions): Budget {
  const { perCall, perRun, perDay, scopes = {}, clock = systemClock, assumedOutputTokens = 1_024 } = options;
  const spenderOf = options.spender ?? ((request, call) => ({ ...request.metadata, ...named(call) }));
  const book = pots(options.shared, clock);
  const calls = new WeakMap<object, Pot>();
  const today = (): string => `day/${new Date(clock.now()).toISOString().slice(0, 10)}`;
  const inDollars = [perCall, perRun, perDay, ...Object.values(scopes)].some((limit) => limit?.usd !== undefined);

  const potOfCall = (call: object): Pot => {
    const pot = calls.get(call) ?? book.loose();
    calls.set(call, pot);
    return pot;
  };

  return {
    reserve(model, request, prices, call = {}) {
      const { run, scope } = spenderOf(request, call);
      const guess = estimate(request, assumedOutputTokens);
      const usd = costOf(prices, model, guess);
      if (usd === undefined && inDollars && priceOf(prices, model) === undefined) {
        throw new BrainOpsError(
          "budget_exceeded",
          `${model.name}: the budget is in dollars, but there is no price for '${model.id ?? model.name}'. Add it to prices, if only as 0.`,
        );
      }
      const amount = { tokens: guess.inputTokens + guess.outputTokens, usd: usd ?? 0 };
      const limited: (readonly [string, Pot, Limit])[] = [];
      if (perCall !== undefined) limited.push(["this call", potOfCall(call), perCall]);
      if (perRun !== undefined && run !== undefined) limited.push([`run ${run}`, book.pot(`run/${run}`), perRun]);
      if (perDay !== undefined) limited.push(["today", book.pot(today()), perDay]);
      for (const [name, limit] of Object.entries(scopes)) {
        if (scope === name || scope?.startsWith(`${name}/`) === true) {
          limited.push([`scope ${name}`, book.pot(`scope/${name}`), limit]);
        }
      }
      for (const [what, pot, limit] of limited) check(model.name, what, pot.held(), amount, limit);
      const held = limited.map(([, pot]) => pot);
      for (const pot of held) pot.hold(amount);
      let over = false;
      const release = (booked: Amount | undefined): void => {
        if (over) return;
        over = true;
        for (const pot of held) pot.release(amount, booked);
      };
      return {
        settle(usage, cost) {
          if (usage === undefined) return release(undefined);
          const { inputTokens = guess.inputTokens, outputTokens = guess.outputTokens } = known(usage);
          const spent = cost ?? costOf(prices, model, { ...usage, inputTokens, outputTokens }) ?? 0;
          release({ tokens: inputTokens + outputTokens, usd: spent });
        },
      };
    },
    spent(whose) {
      if (whose === undefined) return book.pot(today()).spent();
      return book.pot("run" in whose ? `run/${whose.run}` : `scope/${whose.scope}`).spent();
    },
    load: () => book.load(),
  };
}

const named = ({ run, scope }: Spender): Spender => ({
  ...(run === undefined ? {} : { run }),
  ...(scope === undefined ? {} : { scope }),
});

/** The counts that a vendor gave. Many servers of one's own give none. */
function known({ inputTokens, outputTokens }: Usage): {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
} {
  return { ...(inputTokens === null ? {} : { inputTokens }), ...(outputTokens === null ? {} : { outputTokens }) };
}

function check(model: string, what: string, held: Amount, amount: Amount, limit: Limit): void {
  const refuse = (is: string, most: string): never => {
    throw new BrainOpsError(
      "budget_exceeded",
      `${model}: asking would bring ${what} to about ${is}, and the budget is ${most}. Nothing was sent. Raise the budget, or ask for less.`,
      { details: { limit: { ...limit }, spent: { ...held }, estimated: { ...amount } } },
    );
  };
  const tokens = held.tokens + amount.tokens;
  if (limit.tokens !== undefined && tokens > limit.tokens) refuse(`${tokens} tokens`, `${limit.tokens}`);
  const usd = held.usd + amount.usd;
  if (limit.usd !== undefined && usd > limit.usd + 1e-12) refuse(`${usd.toFixed(6)} USD`, `${limit.usd}`);
}
