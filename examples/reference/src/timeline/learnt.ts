import type { Brain, StoredRecord } from "@brainops/core";
import type { Output } from "../cli/output.ts";
import { clip } from "./words.ts";

/** What a run has remembered, oldest first. */
export async function recordsOf(brain: Brain, run: string): Promise<readonly StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (let after: string | undefined; ;) {
    const page = await brain.store.find(
      { scope: brain.scope },
      { limit: 500, ...(after === undefined ? {} : { after }) },
    );
    found.push(...page.filter(({ record }) => record.provenance.run === run));
    after = page.at(-1)?.record.id;
    if (page.length < 500 || after === undefined) return found.toReversed();
  }
}

/** The records of a run for people to read, a line each. */
export function learnt(records: readonly StoredRecord[], output: Output): readonly string[] {
  return records.map(({ record }) => {
    const kind = output.paint("magenta", record.kind.padEnd(10));
    return `  ${kind}  ${clip(record.text.replaceAll(/\s+/g, " "), output.live ? Math.max(40, output.columns - 15) : 300)}`;
  });
}
