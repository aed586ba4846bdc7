import { BrainOpsError, type ModelCallOptions, type ModelRequest } from "@brainops/core";
import { abortedError } from "../wire/body.ts";
import type { Spender } from "../budget/budget.ts";
import { laneOrder } from "./order.ts";
import type { Pass } from "./breaker.ts";
import { judge, type Failure } from "./policy.ts";
import type { ChainSetup, Lane } from "./setup.ts";
import { trail, type Trail } from "./trail.ts";

/** The right to ask one model now. */
export interface Turn {
  readonly lane: Lane;
  readonly pass: Pass;
  readonly note: string | undefined;
  /** The most milliseconds that it may take: its share of what is left of the deadline. */
  readonly limitMs: number;
}

/** The way of one call through the models of a chain, and whose call it is. */
export interface Way extends Spender {
  readonly tries: Trail;
  /** What is asked; smaller than at first when it had to shrink. */
  readonly request: ModelRequest;
  /** When the whole call has to be over. */
  readonly endsAt: number;
  /** The next turn. Waits when every model that is left is cooling; nothing when none is left, or none in time. */
  next(): Promise<Turn | undefined>;
  /** The next turn without waiting. */
  now(note: string): Turn | undefined;
  /** A model failed; says what is to be done. */
  failed(lane: Lane, error: unknown): Failure;
  /** Whether another model may still be asked. */
  more(): boolean;
  /** Throws when the caller has stopped, or the deadline is over. */
  check(): void;
  /** The error of the call when there is no other turn. */
  exhausted(): BrainOpsError;
}

/** A vendor that wants a longer wait before the same question again is left for the next model. */
const longestRetryMs = 30_000;

/** Plans the way of one call. */
export function way(setup: ChainSetup, asked: ModelRequest, call: ModelCallOptions): Way {
  const { clock, limits, policy } = setup;
  const tries = trail(clock);
  const endsAt = clock.now() + limits.deadlineMs;
  const { lanes, notes } = laneOrder(setup);
  /** Those that are not asked again in this call, and why. */
  const gone = new Map<Lane, "left" | "too long">();
  const again = new Map<Lane, number>();
  const told = new Set<Lane>();
  let request = asked;
  let position = 0;
  let round = 1;
  let askedInRound = false;
  let waitLeft = limits.waitMs;
  let shrunk = 0;
  let retryWait: number | undefined;
  /** How long it would have been until the first model could be asked, when that was too long. */
  let tooLong: number | undefined;

  const left = (): Lane[] => lanes.filter((lane) => !gone.has(lane));
  const leave = (): number => Math.max(0, endsAt - clock.now());

  const check = (): void => {
    if (call.signal?.aborted === true) throw tries.error(abortedError());
    if (clock.now() < endsAt) return;
    throw tries.error(
      new BrainOpsError(
        "timeout",
        `${setup.name}: no model answered within ${limits.deadlineMs} ms. Raise deadlineMs, or look at the attempts.`,
      ),
    );
  };

  const turn = (lane: Lane, pass: Pass, note: string | undefined): Turn => {
    askedInRound = true;
    const rest = lanes.slice(position).filter((one) => !gone.has(one) && one.breaker.state().state !== "open").length;
    // The last one gets all that is left, the others leave an equal share to each that may follow.
    const share = Math.max(leave() / (rest + 1), Math.min(leave(), 1_000));
    return { lane, pass, note, limitMs: Math.min(share, limits.attemptMs) };
  };

  const tell = (lane: Lane, known?: string): void => {
    if (told.has(lane)) return;
    told.add(lane);
    const { until, openings, probing } = lane.breaker.state();
    const busy = probing ? "another call is finding out whether it is well again" : undefined;
    const why = known ?? busy ?? `it cools for ${Math.max(0, until - clock.now())} ms more (opened ${openings} times)`;
    tries.skipped({ model: lane.model.name, startedAt: clock.now() }, "overloaded", `${lane.model.name}: ${why}.`);
  };

  /** The next lane of this round that lets us in. A hedge is no probe: it wants an answer soon. */
  const step = (hedge?: string): Turn | undefined => {
    while (position < lanes.length) {
      const lane = lanes[position];
      position += 1;
      if (lane === undefined || gone.has(lane)) continue;
      const pass = lane.breaker.enter();
      if (pass?.probe === true && hedge !== undefined) pass.dropped();
      else if (pass === undefined) tell(lane);
      else {
        const why = hedge ?? (pass.probe ? "it was cooling; this call finds out whether it is well again" : undefined);
        return turn(lane, pass, why ?? notes.get(lane));
      }
    }
    return undefined;
  };

  const sleep = async (ms: number): Promise<void> => {
    await clock.sleep(ms, call.signal).catch((cause: unknown) => {
      check();
      throw cause;
    });
  };

  /** Waits until a model may be asked again: true when it makes sense to go on. */
  const wait = async (): Promise<boolean> => {
    const rest = left();
    if (rest.length === 0 || (askedInRound && round >= setup.rounds)) return false;
    const open = rest.map((lane) => lane.breaker.state()).filter((state) => state.state !== "closed");
    const ready = rest.length - open.length;
    const probed = rest.filter((lane) => lane.breaker.state().probing);
    const until = Math.min(...open.filter((state) => !state.probing).map((state) => state.until));
    const pause = setup.backoffMs * 2 ** (round - 1) * (0.5 + setup.random() / 2);
    const ms = ready > 0 ? pause : Math.max(0, until - clock.now());
    const limit = Math.min(leave(), waitLeft);
    if (ms > limit && (probed.length === 0 || ready > 0)) {
      tooLong = Number.isFinite(ms) ? Math.ceil(ms) : undefined;
      return false;
    }
    const before = clock.now();
    if (probed.length === 0 || ready > 0) await sleep(ms);
    else {
      // Another call's probe may open the way sooner than the time does.
      const over = new AbortController();
      const stop = (): void => over.abort();
      call.signal?.addEventListener("abort", stop, { once: true });
      const nap = clock.sleep(Math.min(ms, limit), over.signal).catch(() => undefined);
      await Promise.race([nap, ...probed.map((lane) => lane.breaker.changed())]);
      stop();
      call.signal?.removeEventListener("abort", stop);
    }
    const took = clock.now() - before;
    waitLeft -= took;
    check();
    if (askedInRound) round += 1;
    askedInRound = false;
    position = 0;
    return took > 0 || ready > 0 || probed.length === 0 || limit > 0;
  };

  /** When all that is left is a request that is too long for everyone: makes it smaller, and begins again. */
  const shrink = async (): Promise<boolean> => {
    const full = [...gone].filter(([, why]) => why === "too long");
    if (full.length === 0 || setup.compact === undefined || shrunk >= 3) return false;
    const smaller = await setup.compact(request, { signal: call.signal });
    check();
    if (smaller === undefined) return false;
    shrunk += 1;
    request = smaller;
    for (const [lane] of full) {
      gone.delete(lane);
      notes.set(lane, `the request was made smaller (${shrunk})`);
    }
    position = 0;
    round = 1;
    return true;
  };

  return {
    ...(call.run === undefined ? {} : { run: call.run }),
    ...(call.scope === undefined ? {} : { scope: call.scope }),
    tries,
    get request() {
      return request;
    },
    endsAt,
    check,
    async next() {
      for (;;) {
        check();
        setup.refresh?.();
        if (retryWait !== undefined) {
          const ms = retryWait;
          retryWait = undefined;
          if (ms > 0) await sleep(ms);
          check();
        }
        const found = step();
        if (found !== undefined) {
          if (!found.pass.probe || setup.claim === undefined || (await setup.claim(found.lane.model.name)))
            return found;
          found.pass.dropped();
          tell(found.lane, "another process is finding out whether it is well again");
          continue;
        }
        if (await shrink()) continue;
        if (!(await wait())) return undefined;
      }
    },
    now: (note) => step(note),
    failed(lane, error) {
      const failure = judge(error, policy);
      const { action, retryAfterMs } = failure;
      if (action === "leave" || action === "stop") gone.set(lane, "left");
      if (action === "shrink") {
        const size = setup.windows[lane.model.name];
        for (const one of lanes) {
          const other = setup.windows[one.model.name];
          const no = one === lane || (size !== undefined && other !== undefined && other <= size);
          if (no && !gone.has(one)) gone.set(one, "too long");
        }
      }
      if (action === "retry") {
        const count = again.get(lane) ?? 0;
        const pause = retryAfterMs ?? setup.backoffMs * 2 ** count * (0.5 + setup.random() / 2);
        if (count < setup.retries && pause <= Math.min(waitLeft, leave(), longestRetryMs)) {
          again.set(lane, count + 1);
          retryWait = pause;
          position = lanes.indexOf(lane);
        }
      }
      return failure;
    },
    more: () => left().length > 0 && (round < setup.rounds || lanes.slice(position).some((lane) => !gone.has(lane))),
    exhausted: () => tries.exhausted(setup.name, tooLong),
  };
}
