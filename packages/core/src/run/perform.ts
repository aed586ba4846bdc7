import type { Json } from "../contracts/json.ts";
import { encode } from "../journal/canonical.ts";
import { allowed } from "./approval.ts";
import { toErrorValue } from "./errors.ts";
import type { Job, Outcome } from "./job.ts";

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
  let said: Omit<Job["header"], "inputHash"> = header;
  try {
    const asked = allowed(job);
    if (asked !== undefined) await asked;
    // A guard may think for longer than the try lasts: then nothing is begun any more.
    if (run.stopped || job.cut()) return;
    const settled = job.intended ? await settleDoubt(job) : undefined;
    if (intends && !job.intended) {
      run.append({ type: "effect-intended", ...header, body: kept }, { salt });
      // Of an intent from before a crash the salt is another.
      said = withoutHash(header);
    }
    // Nothing outside may happen before everything earlier is durable. A pure effect changes nothing outside.
    if (effect.class !== "pure") await run.flush();
    if (run.stopped) return;
    const returned = settled ?? { result: await effect.run(job.call) };
    // The next try does it again, or has done so: as finished it must not stand in the journal.
    if (job.failed()) return;
    const { json: result, text: told } = encode(returned.result ?? null, `The result of the effect '${effect.name}'`);
    const body = intends ? { result } : { ...kept, result };
    const text = `{${intends || kept.input === undefined ? "" : `"input":${job.text},`}"result":${told}}`;
    job.arrive(run.append({ type: "effect-completed", ...said, ms: ms(), body }, { salt, text }) as Outcome);
  } catch (cause) {
    // An effect that was cut off because its run or node has stopped has no outcome.
    if (run.stopped || job.cut()) return;
    const error = toErrorValue(cause, "effect_failed");
    const body = { ...kept, error };
    job.arrive(run.append({ type: "effect-failed", ...said, ms: ms(), body }, { salt }) as Outcome, cause);
  }
  const full = effect.class === "pure" ? undefined : run.ahead();
  if (full !== undefined) await full;
}

function withoutHash({ inputHash: _inputHash, ...said }: Job["header"]): Omit<Job["header"], "inputHash"> {
  return said;
}

/** An intent without an outcome: undone when that is possible, else a person says how it ended. */
async function settleDoubt(job: Job): Promise<{ readonly result: Json } | undefined> {
  const { effect } = job;
  if (effect.class === "compensatable") {
    await effect.undo?.(job.call);
    return undefined;
  }
  if (effect.class !== "irreversible") return undefined;
  const { body } = await job.ask(":doubt", {
    text: `'${effect.name}' was begun, and it is not known whether it was done. Look, and answer "not done" to do it now, or { "done": its result }.`,
    options: ["not done"],
    data: { input: job.input, key: job.call.key },
  });
  const answer = body?.value;
  if (typeof answer === "object" && answer !== null && "done" in answer)
    return { result: (answer as { done: Json }).done ?? null };
  return undefined;
}
