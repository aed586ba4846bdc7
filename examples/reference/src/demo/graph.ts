import { BrainOpsError, END, graph, START, type Graph } from "@brainops/core";
import { healingResultSchema } from "@brainops/core/healing";
import { goalOutcome, type Workforce } from "@brainops/nodes";
import { z } from "zod";
import { keep, reachedShape, type Asked, type Drill, type Reached } from "../reached.ts";
import { drawBug } from "../sample/bugs.ts";
import { prepareSample } from "../sample/prepare.ts";
import { seconds } from "../timeline/words.ts";
import { breakService } from "./breaker.ts";

/** How often the service is broken. */
const rounds = 2;

/**
 * The demo: make the sample's repository, carry the goal through the workforce, then break the running service twice
 * in the same way and watch it being healed, and tidy up.
 */
export function demoGraph(team: Workforce): Graph<Asked, Reached> {
  const state = z.object({
    ...reachedShape,
    brokenAt: z.number().default(0),
    healing: healingResultSchema.nullable().default(null),
  });
  return graph({ name: "demo", version: "1", state, maxSteps: 20 })
    .node("sample", async ({ job }, ctx) => {
      const seed = job.demo?.seed ?? 0;
      await ctx.effect({
        name: "sample.prepare",
        class: "idempotent",
        input: { repo: job.repo, seed },
        // The bug's name is told to nobody: not to the journal, and so not to a model either.
        run: async () => ({ ...(await prepareSample(job.repo, drawBug(seed))) }),
      });
      ctx.note(`a git repository of the sample service, with a bug drawn by seed ${seed}: ${job.repo}`);
      return {};
    })
    .graph("team", team.goal, { input: ({ goal }) => ({ goal }), output: keep })
    .node("breaker", async ({ job, drills }, ctx) => {
      const how = job.demo?.break ?? "config";
      const { what } = await ctx.effect({
        name: "service.break",
        class: "idempotent",
        input: { how, round: drills.length },
        run: async () => {
          const { service } = team;
          if (service?.config === undefined) throw new BrainOpsError("invalid_input", "There is no service to break.");
          return { ...(await breakService(how, { configFile: service.config.file, pid: () => service.pid() })) };
        },
      });
      ctx.note(`break ${drills.length + 1} of ${rounds}: ${what}`);
      return { brokenAt: ctx.now(), healing: null };
    })
    .graph("watch", team.watch, {
      input: ({ release }) => ({ release }),
      output: ({ healing, fault }) => ({ healing, fault }),
    })
    .node("verdict", ({ brokenAt, healing, drills }, ctx) => {
      const drill: Drill = {
        ms: ctx.now() - brokenAt,
        source: healing?.source ?? null,
        tries: healing?.tries ?? 0,
        modelCalls: healing?.modelCalls ?? 0,
        action: healing?.remedy?.action ?? null,
      };
      ctx.note(
        drill.source === null
          ? "it was not healed"
          : `well again after ${seconds(drill.ms)}: ${drill.action}, found by ${drill.source}`,
      );
      return { drills: [...drills, drill] };
    })
    .node("tidy", async ({ job }, ctx) => {
      if (job.demo?.keep === true) return {};
      await ctx.effect({ name: "service.stop", class: "idempotent", run: () => team.service?.stop() });
      return {};
    })
    .edge(START, "sample")
    .edge("sample", "team")
    .branch("team", (end) => (goalOutcome(end) === "done" ? "breaker" : "tidy"), ["breaker", "tidy"])
    .edge("breaker", "watch")
    .edge("watch", "verdict")
    .branch("verdict", ({ drills, fault }) => (drills.length < rounds && fault === null ? "breaker" : "tidy"), [
      "breaker",
      "tidy",
    ])
    .edge("tidy", END)
    .build();
}
