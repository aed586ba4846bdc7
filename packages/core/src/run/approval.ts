import { BrainOpsError } from "../contracts/error.ts";
import type { Guard, GuardRequest, Verdict } from "../contracts/guard.ts";
import type { Job } from "./job.ts";
import { judge } from "./judge.ts";

type Asking = Extract<Verdict, { verdict: "ask" }>;

/** How long a yes holds unless the guard says otherwise. */
const standardValidMs = 24 * 3_600_000;

/** In a fork, what cannot be taken back was most likely done already by the run it came from. */
const forkGuard: Guard = {
  name: "fork",
  check: (request) =>
    request.class === "irreversible"
      ? { verdict: "ask", reason: "This is a fork, and what it does cannot be taken back." }
      : { verdict: "allow" },
};

/**
 * Asks the guards, if there are any, also before an effect in doubt is done again; throws `denied`. Each guard that wants approval gets its
 * own: given for this very input, by somebody whom the guard takes, and no longer ago than it allows.
 */
export function allowed(job: Job): Promise<void> | undefined {
  const { run, effect } = job;
  const guards = run.forked ? [forkGuard, ...run.environment.guards] : run.environment.guards;
  return effect.class === "pure" || guards.length === 0 ? undefined : ask(job, guards);
}

async function ask(job: Job, guards: readonly Guard[]): Promise<void> {
  const { run, effect, header } = job;
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
  const denials: string[] = [];
  const asking: { readonly guard: string; readonly said: Asking }[] = [];
  for (const guard of guards) {
    const said = await judge(guard, request);
    if (said.verdict === "deny") denials.push(`the guard '${guard.name}' says: ${said.reason}`);
    else if (said.verdict === "ask") asking.push({ guard: guard.name, said });
  }
  if (denials.length > 0) throw denied(effect.name, denials.join("; "));
  for (const { guard, said } of asking) await approved(job, guard, said);
}

/** Asks until there is an answer that still holds. */
async function approved(job: Job, guard: string, said: Asking): Promise<void> {
  const { effect, run } = job;
  const { validMs = standardValidMs, timeoutMs, approvers } = said;
  for (let time = 1; ; time++) {
    const answer = await job.ask(`:approval/${guard}${time === 1 ? "" : `/${time}`}`, {
      text: `May '${effect.name}' be done? The guard '${guard}' says: ${said.reason}`,
      options: ["yes", "no"],
      data: { input: job.input },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(approvers === undefined ? {} : { approvers }),
    });
    if (answer.expired) throw denied(effect.name, `nobody answered the guard '${guard}' in time`);
    if (answer.body?.value !== "yes") throw denied(effect.name, `${answer.body?.by ?? "a person"} said no`);
    if (run.environment.clock.now() - (answer.given ?? answer.at) <= validMs) return;
  }
}

function denied(name: string, why: string): BrainOpsError {
  return new BrainOpsError("denied", `'${name}' was not allowed: ${why}. Nothing was done.`, { details: { name } });
}
