/** Good and bad events of a stretch of time. */
export interface Tally {
  /** When the stretch begins: milliseconds since 1970. */
  readonly at: number;
  /** How many were good. */
  readonly good: number;
  /** How many were bad. */
  readonly bad: number;
}

/** Two windows over which a budget must burn so fast at once before it counts. */
export interface BurnRule {
  /** Shows that it matters: milliseconds. */
  readonly longMs: number;
  /** Shows that it still burns now, so that an alarm ends soon after its cause. */
  readonly shortMs: number;
  /** How many times faster than would just use up the budget over the whole period. */
  readonly burn: number;
  /** `page`: heal at once. `ticket`: somebody should look within days. */
  readonly severity: "page" | "ticket";
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * The windows of the Site Reliability Workbook (B. Beyer et al., 2018, chapter "Alerting on SLOs"), for a
 * period of 30 days: 2 % of the budget within an hour or 5 % within six are a page, 10 % within three days is a ticket.
 */
export const burnRules: readonly BurnRule[] = [
  { longMs: hour, shortMs: 5 * minute, burn: 14.4, severity: "page" },
  { longMs: 6 * hour, shortMs: 30 * minute, burn: 6, severity: "page" },
  { longMs: 3 * day, shortMs: 6 * hour, burn: 1, severity: "ticket" },
];

/** How a budget burns. */
export interface Burning {
  /** The rule that holds, the most urgent one. */
  readonly rule: BurnRule;
  /** Over the long window. */
  readonly burn: number;
}

/** Share of the events of a window that were bad, and how many there were. */
function windowOf(tallies: readonly Tally[], since: number): { readonly bad: number; readonly all: number } {
  let [good, bad] = [0, 0];
  for (const tally of tallies) {
    if (tally.at < since) continue;
    good += tally.good;
    bad += tally.bad;
  }
  return { bad, all: good + bad };
}

/**
 * The first rule by which the budget burns too fast, the most urgent first; `null` when none holds. With fewer than
 * `least` bad events in the long window none does: where there is little traffic, one failure is a large share.
 *
 * @param target Share of events that must be good, such as 0.999.
 *
 * @example
 * ```ts
 * import { burning } from "@brainops/nodes";
 * const tallies = Array.from({ length: 60 }, (_, i) => ({ at: i * 60_000, good: 97, bad: 3 }));
 * burning(tallies, 3_600_000, 0.999)?.burn; // 30: in a day the budget of a month is gone
 * ```
 */
export function burning(
  tallies: readonly Tally[],
  now: number,
  target: number,
  options: {
    /** The rules, the most urgent first. Default {@link burnRules}. */
    readonly rules?: readonly BurnRule[];
    /** How many bad events the long window must have. Default 3. */
    readonly least?: number;
  } = {},
): Burning | null {
  const { rules = burnRules, least = 3 } = options;
  for (const rule of rules) {
    const [long, short] = [windowOf(tallies, now - rule.longMs), windowOf(tallies, now - rule.shortMs)];
    if (long.bad < least || short.all === 0) continue;
    const [burn, still] = [long.bad / long.all / (1 - target), short.bad / short.all / (1 - target)];
    if (burn >= rule.burn && still >= rule.burn) return { rule, burn };
  }
  return null;
}

/**
 * Share of the budget of a period that is left, at most 1; below 0 when more was used than there was.
 *
 * @example
 * ```ts
 * import { budgetLeft, tallied } from "@brainops/nodes";
 * const tallies = tallied([], Date.now(), { good: 998, bad: 2 });
 * console.log(budgetLeft(tallies, Date.now(), 0.99)); // four fifths
 * ```
 */
export function budgetLeft(
  tallies: readonly Tally[],
  now: number,
  target: number,
  periodMs: number = 30 * day,
): number {
  const { bad, all } = windowOf(tallies, now - periodMs);
  return all === 0 ? 1 : 1 - bad / all / (1 - target);
}

/**
 * Adds events to the minute they belong to. What is older than six hours is kept by the hour, what is older than a period is dropped.
 *
 * @example
 * ```ts
 * import { tallied } from "@brainops/nodes";
 * let tallies = tallied([], Date.now(), { good: 10, bad: 0 });
 * tallies = tallied(tallies, Date.now(), { good: 9, bad: 1 });
 * ```
 */
export function tallied(
  tallies: readonly Tally[],
  now: number,
  events: {
    /** How many were good. */
    readonly good: number;
    /** How many were bad. */
    readonly bad: number;
  },
  periodMs: number = 30 * day,
): readonly Tally[] {
  const sums = new Map<number, Tally>();
  for (const each of [...tallies, { at: now, ...events }]) {
    if (each.at < now - periodMs) continue;
    const step = each.at < now - 6 * hour ? hour : minute;
    const at = Math.floor(each.at / step) * step;
    const sum = sums.get(at) ?? { at, good: 0, bad: 0 };
    sums.set(at, { at, good: sum.good + each.good, bad: sum.bad + each.bad });
  }
  return [...sums.values()].sort((a, b) => a.at - b.at);
}
