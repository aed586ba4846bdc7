import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { BrainOpsError, type Brain } from "@brainops/core";
import { goalOutcome, type Mend } from "@brainops/nodes";
import type { Home } from "../home.ts";
import type { Job } from "../job.ts";
import { git } from "../sample/git.ts";
import { teamOf } from "../team.ts";
import { workGraph } from "../work-graph.ts";
import { triesOf } from "./tries.ts";

/** Milliseconds between two looks at the run. */
const every = 200;

/**
 * Has a goal carried out as a run like any other, under the job's own guards and in a process of its own: it is submitted,
 * and whoever keeps the home's jobs goes on with it. One that waits for a person is not mended yet; it goes on once it is
 * answered.
 *
 * Errors: `action_failed` when a person is waited for; `denied` when one has said no.
 */
export function mendBy(brain: Brain, job: Job, home: Home): Mend {
  return async ({ goal, signal }) => {
    // The same goal on the same code is the same run, whoever asks for it and however often, unless it has failed.
    const head = await git(job.repo, "rev-parse", "HEAD");
    const hash = createHash("sha256").update(`${job.repo}\n${head}\n${goal}`).digest("hex").slice(0, 12);
    const id = await firstOpen(brain, `mend-${hash}`);
    if (id === undefined) return false;
    const graph = workGraph(teamOf(job));
    await brain.submit(graph, { goal, job }, { id });
    for (;;) {
      const { status } = (await brain.runs()).find((run) => run.id === id) ?? { status: "open" };
      if (status === "completed") {
        const end = await brain.resume(id, graph);
        if (end.status !== "completed") return false;
        const outcome = goalOutcome(end.state);
        // It was mended, and is not wanted: no failure of the remedy, and nobody is asked again on the same code.
        if (outcome === "declined")
          throw new BrainOpsError("denied", `Run ${id} has mended it, and was ${end.state.release?.detail}`);
        return outcome === "done";
      }
      if (status !== "open") return false;
      const question = await openQuestion(brain, id);
      if (question !== undefined)
        throw new BrainOpsError(
          "action_failed",
          `Run ${id} has mended it, and waits for a yes: ${home.command(`answer ${id} ${question} ANSWER`)}`,
        );
      await sleep(every, undefined, { signal });
    }
  };
}

/** The id of the run that is under way or done, or of one to begin; `undefined` when it has failed often enough. */
async function firstOpen(brain: Brain, name: string): Promise<string | undefined> {
  const runs = await brain.runs();
  return triesOf(name).find((id) => !["failed", "aborted"].includes(runs.find((run) => run.id === id)?.status ?? ""));
}

/** What a run waits for a person to say. */
async function openQuestion(brain: Brain, id: string): Promise<string | undefined> {
  const entries = await brain.journal(id);
  const over = new Set(entries.flatMap((entry) => (entry.type === "woken" ? [entry.wait] : [])));
  return entries
    .flatMap((entry) => (entry.type === "waiting" && entry.for === "answer" ? [entry.wait] : []))
    .find((wait) => !over.has(wait));
}
