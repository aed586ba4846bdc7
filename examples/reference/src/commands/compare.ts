import type { Comparison, RunAccount } from "@brainops/core";
import { exitOk, type Command } from "../cli/command.ts";
import { differenceLines } from "../difference-lines.ts";
import { homeIn } from "../home.ts";
import { findRun, withBrain } from "../open-brain.ts";

/** Shows two runs beside each other. */
export const compareCommand: Command = {
  name: "compare",
  summary: "two runs beside each other, such as a run and its fork: result, cost, tokens, time, and where they part",
  words: ["RUN", "OTHER"],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const compared = await withBrain(home, output, async (brain) =>
      brain.compare(await findRun(brain, options.word(0)), await findRun(brain, options.word(1))),
    );
    output.result(compared, () => comparisonLines(compared));
    return exitOk;
  },
};

function comparisonLines({ runs: [first, second], differing, parting }: Comparison): readonly string[] {
  const rows = [["", first.run, second.run], ...rowsOf.map(([name, of]) => [name, of(first), of(second)])];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const [ours, theirs] = [first.state, second.state].map((state) => only(state, differing));
  return [
    ...table,
    parting === undefined ? "They say the same." : `They part at entry ${parting}.`,
    ...(differing.length === 0
      ? []
      : ["Their results differ:", ...differenceLines(ours ?? {}, theirs ?? {}, [first.run, second.run])]),
  ];
}

type Row = readonly [string, (account: RunAccount) => string];

const rowsOf: readonly Row[] = [
  ["result", ({ status, error }) => (error === undefined ? status : `${status}: ${error.code}`)],
  ["cost", ({ usd }) => `${usd} USD`],
  ["tokens", ({ tokens }) => `${tokens}`],
  ["model calls", ({ modelCalls }) => `${modelCalls}`],
  ["effects", ({ effects }) => `${effects}`],
  ["time", ({ ms }) => `${ms} ms`],
];

function only(state: RunAccount["state"], keys: readonly string[]): NonNullable<RunAccount["state"]> {
  if (typeof state !== "object" || state === null) return {};
  return Object.fromEntries(Object.entries(state).filter(([key]) => keys.includes(key)));
}
