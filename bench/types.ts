// Compile time: what a graph of 200 nodes adds to tsc, beside one of 2 nodes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import ts from "typescript";
import type { ScenarioOptions } from "../scripts/door.ts";

/** A program with one graph of so many nodes, in a chain, that all read and write a typed state. */
function program(nodes: number): string {
  const names = Array.from({ length: nodes }, (_, i) => `n${i}`);
  const steps = names.map(
    (name, i) => `.node("${name}", ({ count, log }) => ({ count: count + ${i}, log: [log.length + "${name}"] }))`,
  );
  const edges = names.map((name, i) => `.edge(${i === 0 ? "START" : `"n${i - 1}"`}, "${name}")`);
  return `import { END, graph, START } from "@brainops/core";
import { z } from "zod";
export const big = graph({
  name: "big",
  state: z.object({ count: z.number().default(0), log: z.array(z.string()).default([]) }),
  reducers: { log: (log: string[], lines: string[]) => [...log, ...lines] },
})
  ${steps.join("\n  ")}
  ${edges.join("\n  ")}
  .edge("n${nodes - 1}", END)
  .build();
`;
}

/** Milliseconds of processor time that checking a file takes in a fresh compiler, its imports included. */
function check(file: string): number {
  const started = process.cpuUsage();
  const compiled = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    customConditions: ["@brainops/source"],
    allowImportingTsExtensions: true,
    types: ["node"],
  });
  const errors = ts.getPreEmitDiagnostics(compiled, compiled.getSourceFile(file));
  const first = errors[0];
  if (first !== undefined) throw new Error(ts.flattenDiagnosticMessageText(first.messageText, "\n"));
  return process.cpuUsage(started).user / 1000;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Its options. */
export const help: string = `  --nodes N  nodes of the large graph (default 200)`;

export async function run({ json, args }: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { nodes: { type: "string" } } });
  const nodes = Number(values.nodes ?? 200);
  // Beside the packages, so that they are found as a user's program finds them.
  const root = join(import.meta.dirname, "..", "examples", "quickstart", ".bench");
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, "types-"));
  try {
    const [small, big] = [2, nodes].map((count) => {
      const file = join(folder, `graph-${count}.ts`);
      writeFileSync(file, program(count));
      return file;
    }) as [string, string];
    const times = { small: [] as number[], big: [] as number[] };
    for (let round = 0; round < 5; round++) {
      times.small.push(check(small));
      times.big.push(check(big));
    }
    const [base, whole] = [median(times.small), median(times.big)];
    const row = {
      bench: "types",
      nodes,
      baseMs: Math.round(base),
      wholeMs: Math.round(whole),
      addedMs: Math.round(whole - base),
    };
    console.log(
      json
        ? JSON.stringify(row)
        : `${nodes} nodes: ${row.wholeMs} ms of processor time, beside ${row.baseMs} ms for 2; ${row.addedMs} ms more`,
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  await Promise.resolve();
}
