import type { Brain, StoredRecord } from "@brainops/core";
import { exitOk, type Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { withBrain } from "../open-brain.ts";
import { plural, seconds } from "../timeline/words.ts";
import { line, lengthOf, percent } from "./memory/words.ts";
import { figuresOf, type Figures } from "./report-figures.ts";
import type { Healing } from "./report-healings.ts";

const day = 86_400_000;

/** Says what was done while nobody looked. */
export const reportCommand: Command = {
  name: "report",
  summary: "say what was done while nobody looked: runs, faults, what was tried and learnt, and the cost",
  options: { since: { value: "TIME", help: "how far back, such as 12h (m, h, d, w); default 1d" } },
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const since = Date.now() - (lengthOf(options, "since") ?? day);
    return withBrain(home, output, async (brain) => {
      const runs = (await brain.runs()).filter(({ lastAt }) => lastAt >= since);
      const journals = [];
      for (const run of runs) journals.push({ run, entries: await brain.journal(run.id) });
      const figures = figuresOf({ since, journals, records: await recordsIn(brain) });
      output.result(figures, () => [...lines(figures), ...figures.learnt.map((each) => `  ${line(each, output)}`)]);
      return exitOk;
    });
  },
};

async function recordsIn(brain: Brain): Promise<readonly StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (let after: string | undefined; ;) {
    const page = await brain.store.find(
      { scope: brain.scope },
      { limit: 500, ...(after === undefined ? {} : { after }) },
    );
    found.push(...page);
    after = page.at(-1)?.record.id;
    if (page.length < 500 || after === undefined) return found;
  }
}

function lines({ since, runs, faults, learnt, measures, cost }: Figures): readonly string[] {
  const { fixRate, timeToRepairMs, learningRate, withoutHuman } = measures;
  const rate = (value: number | null): string => (value === null ? "nothing to measure" : percent(value));
  return [
    `Since ${new Date(since).toISOString()}`,
    `Runs             ${runs.all}: ${runs.completed} completed, ${runs.failed} failed, ${runs.aborted} aborted, ${runs.open} open`,
    `Faults           ${faults.length}`,
    ...faults.map(faultLine),
    `Fix rate         ${rate(fixRate)}`,
    `Time to repair   ${timeToRepairMs === null ? "nothing to measure" : `${seconds(timeToRepairMs.median)} (median), ${seconds(timeToRepairMs.longest)} at most`}`,
    `Without a person ${rate(withoutHuman)}`,
    `Cost             ${plural(cost.modelCalls, "model call")}, ${plural(cost.inputTokens + cost.outputTokens, "token")}, ${cost.usd} USD as far as it is known`,
    `Used again       ${rate(learningRate)} of what was learnt (${learnt.length})`,
  ];
}

function faultLine({ at, fault, healed, action, source, tried, ms }: Healing): string {
  const how = healed
    ? `healed by ${action} from ${source} in ${seconds(ms)}, ${tried.length} tried`
    : `not healed; tried ${tried.map((each) => each.action).join(", ") || "nothing"}`;
  return `  ${new Date(at).toISOString()}  ${(fault ?? "(erased)").split("\n")[0]}: ${how}`;
}
