import { isBrainOpsError, type ModelCallOptions } from "@brainops/core";
import { abortedError } from "../wire/body.ts";
import { alarm } from "../time/clock.ts";
import { judge } from "./policy.ts";
import type { ChainSetup } from "./setup.ts";
import type { CallKind } from "./track.ts";
import { tryOne, type Outcome, type Start, type Tried } from "./tried.ts";
import type { Turn, Way } from "./way.ts";

/** What a call asks of every model that it comes to. */
export interface Question<T> {
  readonly kind: CallKind;
  readonly start: Start<T>;
  /** Lets go of an answer that nobody wants: that of a hedge which came second. */
  discard?(value: T): void;
}

/** A try that was answered. */
export interface Won<T> {
  readonly tried: Tried<T>;
  readonly value: T;
}

/** Begins a try; nothing when the budget does not allow it and the call may go on without. */
type Begin<T> = (turn: Turn, hedge: boolean) => Tried<T> | undefined;

/** Goes along the way until a model has answered. Throws what the caller is to see. */
export async function ask<T>(
  setup: ChainSetup,
  path: Way,
  call: ModelCallOptions,
  question: Question<T>,
): Promise<Won<T>> {
  const begin: Begin<T> = (turn, hedge) => {
    try {
      return tryOne(setup, path, turn, call, question.kind, question.start);
    } catch (error) {
      turn.pass.dropped();
      if (!isBrainOpsError(error, "budget_exceeded")) throw error;
      const { name } = turn.lane.model;
      path.tries.skipped({ model: name, startedAt: setup.clock.now() }, error.code, error.message);
      // What cannot be paid beside a call that is under way is no reason to give that up.
      if (path.failed(turn.lane, error).action === "stop" && !hedge) throw path.tries.error(error);
      return undefined;
    }
  };
  for (;;) {
    const turn = await path.next();
    if (turn === undefined) throw path.exhausted();
    const first = begin(turn, false);
    if (first === undefined) continue;
    const won =
      setup.hedge === undefined
        ? settle(path, call, first, await first.outcome)
        : await race(setup, path, call, question, first, begin);
    if (won !== undefined) return won;
  }
}

/** Why a try was cancelled whose caller is gone. */
export const byCaller = "The caller stopped; what was begun may be billed all the same.";

/** What a finished try means: an answer, nothing (go on), or an error for the caller. */
function settle<T>(path: Way, call: ModelCallOptions, tried: Tried<T>, outcome: Outcome<T>): Won<T> | undefined {
  if (outcome.ok) return { tried, value: outcome.value };
  if (call.signal?.aborted === true) {
    tried.cancelled(byCaller);
    throw path.tries.error(abortedError());
  }
  if (tried.failed(outcome.error).action === "stop") throw path.tries.error(outcome.error);
  return undefined;
}

/** Lets the next model run beside one that is slower than usual. The first answer counts, the others are stopped. */
async function race<T>(
  setup: ChainSetup,
  path: Way,
  call: ModelCallOptions,
  question: Question<T>,
  first: Tried<T>,
  begin: Begin<T>,
): Promise<Won<T> | undefined> {
  const { share = 0.95, least = 20, afterMs } = setup.hedge ?? {};
  const running = new Set([first]);
  let newest: Tried<T> | undefined = first;
  const end = (reason: string): void => {
    for (const tried of running) {
      tried.cancelled(reason);
      // It may have answered at the same moment.
      void tried.outcome.then((outcome) => (outcome.ok ? question.discard?.(outcome.value) : undefined));
    }
  };
  try {
    while (running.size > 0) {
      const patience: number | undefined =
        newest === undefined ? undefined : (afterMs ?? newest.turn.lane.track.quantile(question.kind, share, least));
      const bell = Promise.withResolvers<undefined>();
      const off = patience === undefined ? undefined : alarm(setup.clock, patience, () => bell.resolve(undefined));
      const finished: readonly [Tried<T>, Outcome<T>] | undefined = await Promise.race([
        bell.promise,
        ...[...running].map((tried) => tried.outcome.then((outcome) => [tried, outcome] as const)),
      ]);
      off?.();
      if (finished === undefined) {
        const slow: string = newest?.turn.lane.model.name ?? "";
        const turn = path.now(`${slow} had not answered after ${Math.round(patience ?? 0)} ms`);
        newest = turn === undefined ? undefined : begin(turn, true);
        if (newest !== undefined) running.add(newest);
        continue;
      }
      const [tried, outcome] = finished;
      running.delete(tried);
      const won = settle(path, call, tried, outcome);
      if (won === undefined) continue;
      end(`${tried.turn.lane.model.name} answered first; this call was cancelled, and may be billed all the same.`);
      return won;
    }
    return undefined;
  } catch (error) {
    end("The call ended with an error before this model had answered.");
    throw error;
  }
}

/** Whether the policy moves on when a model refuses, although a refusal is an answer. */
export const asksAround = (setup: ChainSetup, error: unknown): boolean => judge(error, setup.policy).action !== "stop";
