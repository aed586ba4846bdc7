import { BrainOpsError, isBrainOpsError, type ModelCallOptions, type ModelResponse, type Usage } from "@brainops/core";
import { estimate, tokensOf } from "../budget/estimate.ts";
import { costOf } from "../budget/prices.ts";
import { abortedError } from "../wire/body.ts";
import { alarm } from "../time/clock.ts";
import type { Failure } from "./policy.ts";
import type { ChainSetup } from "./setup.ts";
import type { CallKind } from "./track.ts";
import type { Step } from "./trail.ts";
import type { Turn, Way } from "./way.ts";

/** How a try came out. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** One model being asked. One of `answered`, `failed` and `cancelled` has to be called when it is over. */
export interface Tried<T> {
  readonly turn: Turn;
  /** Resolves when the model has answered, failed or run out of time. Never rejects. */
  readonly outcome: Promise<Outcome<T>>;
  /** The same promise, unless time or the caller ends the try before: then it rejects at once. */
  orStopped<V>(promise: Promise<V>): Promise<V>;
  /** Sets the time limit anew. The try ends when it is over, unless `still` says how many milliseconds it is granted. */
  limit(ms: number, still: () => { readonly ms: number } | { readonly what: string }): void;
  /** How long the answer took; a stream, until its first part. */
  opened(): void;
  answered(response: ModelResponse): void;
  /** Counts and remembers the failure, and says what to do about it. */
  failed(error: unknown): Failure;
  /** Stops the try without a word about the model, and remembers why. `text` is what it had said until then. */
  cancelled(reason: string, text?: string): void;
}

/** Asks a model, in its own words. */
export type Start<T> = (turn: Turn, options: ModelCallOptions) => Promise<T>;

/**
 * Begins a try: within its time limit, under a signal of its own, on account of the budget. Throws `budget_exceeded`
 * before anything is sent.
 */
export function tryOne<T>(
  setup: ChainSetup,
  path: Way,
  turn: Turn,
  call: ModelCallOptions,
  kind: CallKind,
  start: Start<T>,
): Tried<T> {
  const { clock, prices } = setup;
  const { lane, pass } = turn;
  const { model } = lane;
  const account = setup.budget?.reserve(model, path.request, prices, path);
  const step: Step = { model: model.name, startedAt: clock.now(), note: turn.note };
  const stopper = new AbortController();
  let stopped: { readonly error: unknown } | undefined;
  let refuse: ((error: unknown) => void) | undefined;
  let ring = (): void => undefined;
  let off = (): void => undefined;
  let ms: number | undefined;

  const stop = (error: unknown): void => {
    if (stopped !== undefined) return;
    stopped = { error };
    // The waiting end first, so that it hears the reason and not that of whoever is stopped by the signal.
    refuse?.(error);
    stopper.abort(error);
  };
  const byCaller = (): void => stop(abortedError());
  const orStopped = <V>(promise: Promise<V>): Promise<V> =>
    new Promise((resolve, reject) => {
      if (stopped !== undefined) {
        // Its failure is nobody's business any more.
        promise.catch(() => undefined);
        reject(stopped.error);
        return;
      }
      refuse = reject;
      promise.then(resolve, reject);
    });
  const timedOut = (what: string): void =>
    stop(new BrainOpsError("timeout", `${model.name}: ${what}. The next model is asked, where there is one.`));
  const limit: Tried<T>["limit"] = (first, still) => {
    off();
    ring = () => {
      const state = still();
      if ("what" in state) timedOut(state.what);
      else off = alarm(clock, state.ms, ring);
    };
    off = alarm(clock, first, ring);
  };

  /** Ends what the try holds: its alarm, its listener and, unless it is over, its connection. */
  const release = (cut: boolean): void => {
    off();
    call.signal?.removeEventListener("abort", byCaller);
    if (cut && stopped === undefined) {
      stopped = { error: abortedError() };
      stopper.abort(stopped.error);
    }
  };

  /** Books a try that has no answer: what is known of its tokens, and for the rest a guess by its prompt and its text. */
  const book = (usage: Usage | undefined, text: string): number | undefined => {
    const inputTokens = usage?.inputTokens ?? estimate(path.request, 0).inputTokens;
    const used = { ...usage, inputTokens, outputTokens: usage?.outputTokens ?? tokensOf(text) };
    const cost = costOf(prices, model, used);
    account?.settle(used, cost);
    return cost;
  };

  call.signal?.addEventListener("abort", byCaller, { once: true });
  // While the turn was waited for; an event that is over is not heard.
  if (call.signal?.aborted === true) byCaller();
  const firstMs = kind === "streamed" ? Math.min(turn.limitMs, setup.limits.firstPartMs) : turn.limitMs;
  limit(firstMs, () => ({
    what: `there was no ${kind === "streamed" ? "first part of a stream" : "answer"} within ${Math.round(firstMs)} ms`,
  }));
  const options = {
    signal: stopper.signal,
    ...(call.idempotencyKey === undefined ? {} : { idempotencyKey: call.idempotencyKey }),
    ...(call.run === undefined ? {} : { run: call.run }),
    ...(call.scope === undefined ? {} : { scope: call.scope }),
  };
  const began = begin(() => (stopped === undefined ? start(turn, options) : Promise.reject(stopped.error)));
  const outcome = orStopped(began).then(
    (value): Outcome<T> => ({ ok: true, value }),
    (error: unknown): Outcome<T> => ({ ok: false, error }),
  );

  return {
    turn,
    outcome,
    orStopped,
    limit,
    opened() {
      ms = clock.now() - step.startedAt;
    },
    answered(response) {
      release(false);
      pass.succeeded();
      const cost = costOf(prices, model, response.usage, response.model.id);
      account?.settle(response.usage, cost);
      lane.track.answered(kind, ms ?? clock.now() - step.startedAt, cost);
      path.tries.answered(step, response, cost, ms);
    },
    failed(error) {
      release(true);
      const failure = path.failed(lane, error);
      const { usage, text } = arrivedBefore(error);
      // Whoever was cut short may still be billed for the prompt, and for what had arrived.
      const billed = usage !== undefined || failure.code === "timeout" || failure.code === "stream_truncated";
      const cost = billed ? book(usage, text) : undefined;
      if (!billed) account?.settle(undefined, undefined);
      if (failure.counts) {
        pass.failed(failure.retryAfterMs);
        lane.track.failed();
      } else pass.dropped();
      path.tries.failed(step, failure, error, cost);
      return failure;
    },
    cancelled(reason, text = "") {
      release(true);
      pass.dropped();
      path.tries.cancelled(step, reason, book(undefined, text));
    },
  };
}

/** A model that throws at once has failed like one that rejects. */
async function begin<T>(start: () => Promise<T>): Promise<T> {
  return await start();
}

/** What an error says of the answer before it. */
function arrivedBefore(error: unknown): { readonly usage: Usage | undefined; readonly text: string } {
  const details: { readonly [key: string]: unknown } = isBrainOpsError(error) ? error.details : {};
  const { usage, text } = details;
  return { usage: usage as Usage | undefined, text: typeof text === "string" ? text : "" };
}
