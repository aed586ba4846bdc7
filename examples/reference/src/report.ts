import type { Brain, RunResult, StoredRecord } from "@brainops/core";
import { goalOutcome } from "@brainops/nodes";
import { exitFailed, exitOk } from "./cli/command.ts";
import type { Output } from "./cli/output.ts";
import type { Home } from "./home.ts";
import type { Job } from "./job.ts";
import type { Drill, Reached } from "./reached.ts";
import { learnt, recordsOf } from "./timeline/learnt.ts";
import { costOf } from "./timeline/summary.ts";
import { costLine } from "./timeline/closing.ts";
import { releaseLine } from "./timeline/release-line.ts";
import { plural } from "./timeline/words.ts";

/** A run that has come to its end. */
export interface Ended {
  readonly brain: Brain;
  readonly home: Home;
  readonly output: Output;
  readonly job: Job;
  readonly result: RunResult<Reached>;
}

/** Says at the end of a run what was done, learnt and spent, and where it can be seen again. Returns the exit code. */
export async function report({ brain, home, output, job, result }: Ended): Promise<number> {
  const { id } = result;
  const cost = costOf(await brain.journal(id));
  const records = await recordsOf(brain, id);
  const state = result.status === "completed" ? result.state : undefined;
  const outcome = state === undefined ? result.status : goalOutcome(state);
  const ok = outcome === "done";
  const value = {
    run: id,
    status: result.status,
    outcome,
    model: job.model,
    ...(result.status === "failed" ? { error: { code: result.error.code, message: result.error.message } } : {}),
    ...(state === undefined ? {} : { reached: withoutJob(state) }),
    cost,
    learnt: records.map(({ record }) => ({ id: record.id, kind: record.kind, text: record.text })),
  };
  output.result(value, () => [
    "",
    output.paint("bold", "What was done"),
    ...(state === undefined ? failure(result, output) : done(state, output)),
    ...(cost.recalled === 0
      ? []
      : [
          `  memory      ${plural(cost.recalled, "record")} of earlier runs ${cost.recalled === 1 ? "was" : "were"} recalled`,
        ]),
    "",
    output.paint(
      "bold",
      `What was learnt (${plural(records.length, "record")} in all${telling(records).length === 0 ? "" : "; those that say most"})`,
    ),
    ...learnt(telling(records), output),
    "",
    output.paint("bold", "What it cost"),
    `  ${costLine(cost)}`,
    ...(job.model === "scripted" ? ["  A script played the model, so nothing is to be paid."] : []),
    "",
    output.paint("bold", "Where to see it again"),
    ...again(id, home, state),
  ]);
  return ok ? exitOk : exitFailed;
}

/** What somebody would want to know later, without each single observation. */
function telling(records: readonly StoredRecord[]): readonly StoredRecord[] {
  return records.filter(({ record }) => record.kind !== "experience" && record.kind !== "error");
}

function withoutJob({ job: _job, ...rest }: Reached): Omit<Reached, "job"> {
  return rest;
}

function failure(result: RunResult<Reached>, output: Output): readonly string[] {
  if (result.status === "failed")
    return [output.paint("red", `  failed: ${result.error.message} [${result.error.code}]`)];
  if (result.status === "diverged")
    return [
      output.paint(
        "red",
        `  The code is not the one that the run began with: ${result.divergence.what}. It goes on once that is right.`,
      ),
    ];
  return [`  ${result.status}`];
}

function done(state: Reached, output: Output): readonly string[] {
  const { plan, change, tests, release, tuning, drills } = state;
  const line = (what: string, text: string): string => `  ${what.padEnd(10)}  ${text}`;
  const trials = tuning?.trials ?? [];
  return [
    ...(plan === null ? [] : [line("plan", plan.summary)]),
    ...(change === null
      ? []
      : [
          line("change", change.summary),
          line(
            "",
            `${plural(change.commits, "commit")} on ${change.branch}, in ${change.files.join(", ") || "no file"}`,
          ),
        ]),
    ...(tests === null
      ? []
      : [
          line(
            "tests",
            tests.passed
              ? output.paint("green", `all ${tests.total} pass`)
              : output.paint("red", `${tests.failed} of ${tests.total} fail`),
          ),
        ]),
    ...(release === null
      ? []
      : [
          line("release", releaseLine(release)),
          ...(release.url === null ? [] : [line("", whereItRuns(release.url, state))]),
        ]),
    ...trials.map((trial) =>
      line(
        "tuning",
        `${trial.parameter} ${trial.from} → ${trial.to}: ${trial.before} → ${trial.after} ${tuning?.unit ?? ""} (median of ${trial.samples}, p = ${trial.p}), ${trial.kept ? "kept" : "put back"}`,
      ),
    ),
    ...drills.map((drill, index) => line(`break ${index + 1}`, drillText(drill, output))),
  ];
}

function keepsRunning({ job, release }: Reached): boolean {
  return release?.ok === true && release.url !== null && (job.kind === "run" || job.demo?.keep === true);
}

function whereItRuns(url: string, state: Reached): string {
  if (keepsRunning(state)) return `at ${url}`;
  return `it was at ${url}, and is stopped again (--keep leaves it running)`;
}

function drillText({ ms, source, tries, modelCalls, action }: Drill, output: Output): string {
  if (source === null) return output.paint("red", `not healed after ${plural(tries, "try")}`);
  const how =
    source === "memory"
      ? "remembered"
      : source === "search"
        ? "found by searching the known actions"
        : "proposed by a healer";
  return output.paint(
    "green",
    `healed in ${ms.toLocaleString("en")} ms: ${action} ${how}, ${plural(tries, "try")}, ${plural(modelCalls, "model call")}`,
  );
}

function again(id: string, home: Home, state: Reached | undefined): readonly string[] {
  return [
    `  ${home.command(`show ${id}`)}    what happened, entry by entry`,
    `  ${home.command(`replay ${id}`)}    all of it again, offline, and compared`,
    `  ${home.command('memory recall "…"')}    what is remembered (${home.file})`,
    ...(state !== undefined && keepsRunning(state) ? [`  ${home.command(`stop ${id}`)}    stop the service`] : []),
    ...(state?.change === null || state === undefined
      ? []
      : [`  git -C ${state.job.repo} log -p ${state.change.branch}`]),
  ];
}
