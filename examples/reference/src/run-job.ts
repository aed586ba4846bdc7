import { BrainOpsError, isBrainOpsError, type Brain, type RunResult } from "@brainops/core";
import type { Io } from "./cli/io.ts";
import { loadPlugin } from "./cli/load-plugin.ts";
import type { Output } from "./cli/output.ts";
import { exitStopped, exitWaiting } from "./cli/command.ts";
import { graphOf } from "./graphs.ts";
import type { Home } from "./home.ts";
import { askedOf, type Job } from "./job.ts";
import { requireModels } from "./models.ts";
import { openBrain } from "./open-brain.ts";
import type { Reached } from "./reached.ts";
import { report } from "./report.ts";
import { revive } from "./revive.ts";
import { sampleModel } from "./script/sample-model.ts";
import { teamOf } from "./team.ts";
import { createTimeline } from "./timeline/timeline.ts";

/** What is run, and where it is shown. */
export interface RunJob {
  readonly home: Home;
  readonly output: Output;
  readonly io: Io;
  /** The run's id. */
  readonly id: string;
  readonly job: Job;
  /** The goal of a new run; absent when one is to go on. */
  readonly goal?: string;
  /** A file that exports a plugin, to be set up in place of the job's. */
  readonly plugin?: string | undefined;
  /** After how long others go on with the run when this process has died: milliseconds. Default 30,000. */
  readonly leaseMs?: number | undefined;
}

/** Starts a run or goes on with it, shows it, and returns the exit code. */
export async function runJob(options: RunJob): Promise<number> {
  const { home, output, io, id, job, goal, plugin = job.plugin, leaseMs } = options;
  const models = job.model === "scripted" ? undefined : await requireModels(io.env);
  const team = teamOf(job, models === undefined ? {} : { chain: models.chain });
  const graph = graphOf(job, team);
  const extra = plugin === undefined ? [] : [await loadPlugin(plugin)];
  home.make();
  const timeline = createTimeline(output);
  let begun = false;
  const listeners = [timeline.listener, (): void => void (begun = true)];
  const lease = leaseMs === undefined ? {} : { leaseMs };
  const brain = await openBrain(home, output, {
    ...lease,
    model: models?.chain ?? sampleModel(),
    // A fork may ask one of them by its name.
    models: models?.each ?? [],
    plugins: [team, ...(models === undefined ? [] : [models.plugin]), ...extra],
    listeners,
  });
  // A person who stops a run may want to go on later: closing leaves it as it is, where aborting would end it.
  const stop = (): void => void brain.close();
  io.signal.addEventListener("abort", stop, { once: true });
  try {
    if (goal !== undefined) await requireSame(brain, id, job, goal);
    else {
      const entries = await brain.journal(id);
      timeline.since(entries[0]?.at);
      await revive(team, entries, id);
    }
    const result = goal === undefined ? await brain.resume(id, graph) : await brain.run(graph, { goal, job }, { id });
    timeline.stop();
    if (result.status === "stopped") return stopped(home, output, id);
    if (result.status === "waiting") return waiting(home, output, result);
    if (job.kind === "demo" && job.demo?.keep !== true) await team.service?.stop();
    return await report({ brain, home, output, job, result });
  } catch (error) {
    if (begun && isBrainOpsError(error)) throw interrupted(error, home, id);
    throw error;
  } finally {
    timeline.stop();
    io.signal.removeEventListener("abort", stop);
    await brain.close();
  }
}

/** Starting a run twice is starting it once, but only when the same is asked for. */
async function requireSame(brain: Brain, id: string, job: Job, goal: string): Promise<void> {
  if (!(await brain.runs()).some((run) => run.id === id)) return;
  const asked = askedOf(await brain.journal(id));
  if (asked?.goal === goal && asked.job.kind === job.kind && asked.job.repo === job.repo) return;
  throw new BrainOpsError(
    "conflict",
    `There is a run '${id}' already, with another goal or on another repository. Give another --id, or leave it out.`,
    { details: { run: id } },
  );
}

/** What broke a run that was under way: it is there, and goes on once the cause is gone. */
function interrupted(error: BrainOpsError, home: Home, id: string): BrainOpsError {
  return new BrainOpsError(error.code, `${error.message} The run goes on with: ${home.command(`resume ${id}`)}`, {
    cause: error,
    details: { ...error.details, begun: id },
  });
}

function stopped(home: Home, output: Output, id: string): number {
  output.result({ run: id, status: "stopped" }, () => [
    "",
    `Stopped. It goes on with: ${home.command(`resume ${id}`)}`,
  ]);
  return exitStopped;
}

function waiting(
  home: Home,
  output: Output,
  { id, questions }: Extract<RunResult<Reached>, { status: "waiting" }>,
): number {
  output.result({ run: id, status: "waiting", questions }, () => [
    "",
    ...questions.flatMap((question) => [
      `${output.paint("yellow", question.text)}${question.options === undefined ? "" : ` (${question.options.join(" / ")})`}`,
      `  ${home.command(`answer ${id} ${question.id} ANSWER`)}`,
    ]),
  ]);
  return exitWaiting;
}
