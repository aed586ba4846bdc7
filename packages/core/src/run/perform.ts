import type { Risk } from "../contracts/action.ts";
import type { Effect, EffectCall, EffectClass } from "../contracts/effect.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Guard, GuardRequest } from "../contracts/guard.ts";
import type { CallPlace, Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Question } from "../contracts/node.ts";
import { encode } from "../journal/canonical.ts";
import { toErrorValue } from "./errors.ts";
import type { RunContext } from "./run-context.ts";

/** An effect as the runner takes it: what the guards need to know comes along. */
export type EffectRequest = Effect<Json | void> & { readonly guarded?: "action"; readonly risk?: Risk };

type Outcome = Extract<Entry, { type: "effect-completed" | "effect-failed" }>;

/** One effect to be done for the first time, or again after a crash. */
export interface Job {
  readonly run: RunContext;
  readonly effect: EffectRequest;
  readonly input: Json;
  readonly kept: { readonly input?: Json };
  readonly header: CallPlace & { readonly name: string; readonly class: EffectClass; readonly inputHash: string };
  readonly salt: string;
  /** What the effect and a doubt about it are handed. */
  readonly call: EffectCall;
  /** Whether the try has ended meanwhile. */
  readonly cut: () => boolean;
  /** Begun before a crash, outcome unknown. */
  readonly intended: boolean;
  /** Hands on the outcome, with the original error where there is one. */
  arrive(outcome: Outcome, cause?: unknown): void;
  /** Puts a question on behalf of the effect. */
  ask(suffix: string, question: Question): Promise<Json>;
}

/**
 * Does an effect and journals its outcome. The outcome is handed on at once, in the order of the journal, and becomes
 * durable before anything else leaves the run. Nothing is handed on when the run or the node was stopped meanwhile: what
 * is in doubt is settled when the run goes on.
 */
export async function perform(job: Job): Promise<void> {
  const { run, effect, header, salt, kept } = job;
  const started = run.environment.clock.now();
  const ms = (): number => Math.max(0, Math.round(run.environment.clock.now() - started));
  const intends = effect.class === "compensatable" || effect.class === "irreversible";
  try {
    await allowed(job);
    const settled = job.intended ? await settleDoubt(job) : undefined;
    if (intends && !job.intended) run.append({ type: "effect-intended", ...header, body: kept }, { salt });
    // Nothing outside may happen before everything earlier is durable. A pure effect changes nothing outside.
    if (effect.class !== "pure") await run.flush();
    if (run.stopped) return;
    const returned = settled ?? { result: await effect.run(job.call) };
    const result = encode(returned.result ?? null, `The result of the effect '${effect.name}'`).json;
    const body = intends ? { result } : { ...kept, result };
    job.arrive(run.append({ type: "effect-completed", ...header, ms: ms(), body }, { salt }) as Outcome);
  } catch (cause) {
    // An effect that was cut off because its run or node has stopped has no outcome.
    if (run.stopped || job.cut()) return;
    const error = toErrorValue(cause, "effect_failed");
    const body = { ...kept, error };
    job.arrive(run.append({ type: "effect-failed", ...header, ms: ms(), body }, { salt }) as Outcome, cause);
  }
  if (effect.class !== "pure") await run.ahead();
}

/** In a fork, what cannot be taken back was most likely done already by the run it came from. */
const forkGuard: Guard = {
  name: "fork",
  check: (request) =>
    request.class === "irreversible"
      ? { verdict: "ask", reason: "This is a fork, and what it does cannot be taken back." }
      : { verdict: "allow" },
};

/** Asks the guards; throws `denied`. */
async function allowed(job: Job): Promise<void> {
  const { run, effect, header } = job;
  const guards = run.forked ? [forkGuard, ...run.environment.guards] : run.environment.guards;
  if (effect.class === "pure" || guards.length === 0) return;
  const request: GuardRequest = {
    kind: effect.guarded ?? "effect",
    name: effect.name,
    class: effect.class,
    ...(effect.risk === undefined ? {} : { risk: effect.risk }),
    input: job.input,
    run: run.id,
    node: header.node,
    scope: run.scope,
  };
  const reasons = { deny: [] as string[], ask: [] as string[] };
  for (const guard of guards) {
    const said = await guard.check(request);
    if (said.verdict !== "allow") reasons[said.verdict].push(`the guard '${guard.name}' says: ${said.reason}`);
  }
  if (reasons.deny.length > 0) throw denied(effect.name, reasons.deny.join("; "));
  if (reasons.ask.length === 0) return;
  const answer = await job.ask(":approval", {
    text: `May '${effect.name}' be done? ${reasons.ask.join("; ")}`,
    options: ["yes", "no"],
    data: { input: job.input },
  });
  if (answer !== "yes") throw denied(effect.name, "a person said no");
}

function denied(name: string, why: string): BrainOpsError {
  return new BrainOpsError("denied", `'${name}' was not allowed: ${why}. Nothing was done.`, { details: { name } });
}

/** An intent without an outcome: undone when that is possible, else a person says how it ended. */
async function settleDoubt(job: Job): Promise<{ readonly result: Json } | undefined> {
  const { effect } = job;
  if (effect.class === "compensatable") {
    await effect.undo?.(job.call);
    return undefined;
  }
  if (effect.class !== "irreversible") return undefined;
  const answer = await job.ask(":doubt", {
    text: `'${effect.name}' was begun, and it is not known whether it was done. Look, and answer "not done" to do it now, or { "done": its result }.`,
    options: ["not done"],
    data: { input: job.input, key: job.call.key },
  });
  if (typeof answer === "object" && answer !== null && "done" in answer)
    return { result: (answer as { done: Json }).done ?? null };
  return undefined;
}
