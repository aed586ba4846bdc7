import type { Clock } from "@brainops/core";

/** When a model is left alone, and for how long. */
export interface BreakerOptions {
  /** Opens after so many failures in a row, if at least half of the recent calls failed. Default 5. */
  readonly failures?: number;
  /** Which calls are recent, in milliseconds. Default 60,000. */
  readonly windowMs?: number;
  /** How long the model is left alone at first, in milliseconds; doubled each time the probe fails. Default 5,000. */
  readonly coolingMs?: number;
  /** The longest that it is left alone, in milliseconds, unless the vendor asks for more. Default 120,000. */
  readonly maxCoolingMs?: number;
}

/** The right to call a model once. Exactly one of its members has to be called when the call is over. */
export interface Pass {
  /** The model was cooling, and this call finds out whether it is well again. */
  readonly probe: boolean;
  succeeded(): void;
  /** `retryAfterMs` is the wait that the vendor asked for: until then it is not asked. */
  failed(retryAfterMs?: number): void;
  /** The call told nothing about the model: its caller stopped it, or the request was at fault. */
  dropped(): void;
}

/** How a breaker stands. */
export interface BreakerState {
  /** `open`: left alone until a time. `half-open`: one call may find out, or is finding out. */
  readonly state: "closed" | "open" | "half-open";
  /** When the cooling ends, in milliseconds since 1970; 0 when closed. */
  readonly until: number;
  /** Whether a probe is under way. */
  readonly probing: boolean;
  /** How often it has opened without closing in between. */
  readonly openings: number;
}

/** Lets a model cool down: one for each model, shared by all calls of a chain. */
export interface Breaker {
  /** A pass, or nothing while the model is cooling or being probed. */
  enter(): Pass | undefined;
  state(): BreakerState;
  /** Resolves at the next change of state. */
  changed(): Promise<void>;
  /** Opens it for so many milliseconds, whatever the calls say; 0 lets the next call find out. */
  rest(ms: number): void;
  /** Takes over what another process found out. */
  adopt(until: number, openings: number): void;
}

/** Is told of a change: the model cools until then, or is well again (0). */
export type BreakerListener = (until: number, openings: number) => void;

/**
 * Makes a {@link Breaker}. Every change is one synchronous step, so calls at the same time cannot disagree; what a call
 * that began before the last change says about it no longer counts.
 */
export function breaker(clock: Clock, options: BreakerOptions = {}, tell: BreakerListener = () => undefined): Breaker {
  const { failures = 5, windowMs = 60_000, coolingMs = 5_000, maxCoolingMs = 120_000 } = options;
  const recent = recentCalls(clock, windowMs);
  let until = 0;
  let openings = 0;
  let row = 0;
  let probing = false;
  /** Counts the changes; a pass of an earlier one has nothing to say. */
  let epoch = 0;
  let waiting = Promise.withResolvers<void>();

  const change = (to: number, count: number, own = true): void => {
    until = to;
    openings = count;
    row = 0;
    probing = false;
    epoch += 1;
    if (count === 0) recent.clear();
    const { resolve } = waiting;
    waiting = Promise.withResolvers<void>();
    resolve();
    if (own) tell(until, openings);
  };
  const open = (retryAfterMs: number | undefined): void => {
    const cooling = Math.min(coolingMs * 2 ** Math.min(openings, 30), maxCoolingMs);
    change(clock.now() + Math.max(cooling, retryAfterMs ?? 0), openings + 1);
  };

  const pass = (probe: boolean): Pass => {
    const began = epoch;
    let over = false;
    const end = (say: () => void): void => {
      if (over) return;
      over = true;
      if (began === epoch) say();
    };
    return {
      probe,
      succeeded: () =>
        end(() => {
          recent.add(true);
          row = 0;
          if (probe) change(0, 0);
        }),
      failed(retryAfterMs) {
        const late = began !== epoch && !over;
        end(() => {
          recent.add(false);
          row += 1;
          if (probe) open(retryAfterMs);
          // Whoever asks for a wait is given it, without more failures to prove the point.
          else if (retryAfterMs !== undefined && retryAfterMs > 0) change(clock.now() + retryAfterMs, openings + 1);
          else if (row >= failures && recent.failedShare() >= 0.5) open(undefined);
        });
        // A late answer cannot open or close, but its wait is honoured.
        if (late && retryAfterMs !== undefined && until > 0 && !probing) {
          until = Math.max(until, clock.now() + retryAfterMs);
        }
      },
      dropped: () =>
        end(() => {
          if (!probe) return;
          // Nothing was found out: the next call may try.
          probing = false;
          const { resolve } = waiting;
          waiting = Promise.withResolvers<void>();
          resolve();
        }),
    };
  };

  return {
    enter() {
      if (until === 0) return pass(false);
      if (probing || clock.now() < until) return undefined;
      probing = true;
      return pass(true);
    },
    state: () => ({
      state: until === 0 ? "closed" : clock.now() < until ? "open" : "half-open",
      until,
      probing,
      openings,
    }),
    changed: () => waiting.promise,
    rest: (ms) => change(clock.now() + ms, openings + 1),
    adopt(to, count) {
      if (to === until) return;
      // Another's probe succeeded; or it knows of a later time.
      if (to === 0 ? until !== 0 && !probing : to > until) change(to, count, false);
    },
  };
}

/** Counts the calls of about the last while, in two halves, so that memory stays small. */
function recentCalls(clock: Clock, windowMs: number): { add(ok: boolean): void; clear(): void; failedShare(): number } {
  let from = clock.now();
  let now = { all: 0, failed: 0 };
  let before = { all: 0, failed: 0 };
  const turn = (): void => {
    const age = clock.now() - from;
    if (age < windowMs / 2) return;
    before = age < windowMs ? now : { all: 0, failed: 0 };
    now = { all: 0, failed: 0 };
    from = clock.now();
  };
  return {
    add(ok) {
      turn();
      now.all += 1;
      if (!ok) now.failed += 1;
    },
    clear() {
      now = { all: 0, failed: 0 };
      before = { all: 0, failed: 0 };
    },
    failedShare() {
      turn();
      const all = now.all + before.all;
      return all === 0 ? 0 : (now.failed + before.failed) / all;
    },
  };
}
