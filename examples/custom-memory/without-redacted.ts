import type { Json, Write } from "@brainops/core";
import { withoutMembers } from "@brainops/core/sealing";
import { fromLine, toLine } from "./log-line.ts";

/** The same lines with redactions done: entries lose their members where they were appended, so there is nothing left to do. */
export function withoutRedacted(lines: readonly string[]): string[] {
  const streams = new Map<string, Json[][]>();
  const commits = lines.map(fromLine).map((commit) => ({ ...commit, writes: commit.writes.flatMap(apply) }));
  return commits.map(toLine);

  function apply(write: Write): Write[] {
    if (write.type === "redact") {
      for (const position of write.positions) redact(streams.get(write.stream) ?? [], position, write.members);
      return [];
    }
    if (write.type !== "append") return [write];
    const entries = [...write.entries];
    const appends = streams.get(write.stream);
    if (appends === undefined) streams.set(write.stream, [entries]);
    else appends.push(entries);
    return [{ ...write, entries }];
  }
}

function redact(appends: readonly Json[][], position: number, members: readonly string[]): void {
  let first = 0;
  for (const entries of appends) {
    const index = position - first;
    if (index < entries.length) {
      entries[index] = withoutMembers(entries[index] ?? null, members) ?? entries[index] ?? null;
      return;
    }
    first += entries.length;
  }
}
