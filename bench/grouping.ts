// Log lines grouped against labelled logs (--data: Loghub-2k's format): accuracy and time a line, one configuration.
import { logGroups } from "@brainops/core/healing";
import type { ScenarioOptions } from "../scripts/door.ts";
import { groupingAccuracy, readLoghub, type LabelledLog } from "./lib/loghub.ts";
import { report } from "./lib/report.ts";
import { median } from "./lib/stats.ts";

/** Its options. */
export const help: string = `  --data DIR  a folder for each system, in Loghub-2k's format`;

/** Runs the scenario. */
export async function run(options: ScenarioOptions): Promise<void> {
  if (options.data === undefined) {
    console.error("Give the folder of labelled logs: --data DIR, with DIR/NAME/NAME_2k.log_structured.csv in it.");
    process.exitCode = 2;
    return;
  }
  const out = report("grouping", options);
  const logs = readLoghub(options.data);
  if (logs.length === 0) throw new Error(`There are no labelled logs in ${options.data}.`);
  for (const log of logs) groupAll(log);
  const accuracies: number[] = [];
  const times: number[] = [];
  for (const log of logs) {
    const { atOnce, inTheEnd } = groupAll(log);
    const accuracy = groupingAccuracy(inTheEnd, log.truth);
    const rounds = Array.from({ length: 5 }, () => timed(log));
    accuracies.push(accuracy);
    times.push(median(rounds));
    out.row({
      system: log.system,
      lines: log.lines.length,
      grouping_accuracy: Number(accuracy.toFixed(4)),
      accuracy_at_once: Number(groupingAccuracy(atOnce, log.truth).toFixed(4)),
      groups: new Set(inTheEnd).size,
      true_groups: new Set(log.truth).size,
      us_per_line: Number(median(rounds).toFixed(2)),
    });
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  out.row({
    system: "mean",
    systems: logs.length,
    grouping_accuracy: Number(mean(accuracies).toFixed(4)),
    us_per_line: Number(mean(times).toFixed(2)),
    worst_us_per_line: Number(Math.max(...times).toFixed(2)),
  });
}

/** The group of each line, as it was told when the line came, and once all were read. */
function groupAll({ lines }: LabelledLog): {
  readonly atOnce: readonly string[];
  readonly inTheEnd: readonly string[];
} {
  const groups = logGroups();
  const atOnce = lines.map((line) => groups.add(line).id);
  return { atOnce, inTheEnd: atOnce.map((id) => groups.now(id)?.id ?? id) };
}

function timed(log: LabelledLog): number {
  const started = performance.now();
  groupAll(log);
  return ((performance.now() - started) * 1_000) / log.lines.length;
}
