import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical } from "./canonical.ts";
import { corrupt, verifyChain } from "./chain.ts";

/** First line of an exported journal. */
interface Header {
  readonly brainops: "journal";
  readonly format: 1;
  readonly run: string;
  readonly graph: string;
  readonly entries: number;
  /** Hash of the last entry: the whole chain hangs on it. */
  readonly head: string;
}

/**
 * Writes a journal as text: a header, then one entry a line, each in canonical JSON.
 *
 * @example
 * ```ts
 * import { exportJournal, importJournal, type Brain } from "@brainops/core";
 * declare const brain: Brain;
 * const text = exportJournal(await brain.journal("r1"));
 * console.log(importJournal(text).length);
 * ```
 */
export function exportJournal(entries: readonly Entry[]): string {
  const first = entries[0] as Extract<Entry, { type: "run-started" }>;
  const header: Header = {
    brainops: "journal",
    format: 1,
    run: first.run,
    graph: first.graph,
    entries: entries.length,
    head: (entries.at(-1) as Entry).hash,
  };
  return [header, ...entries].map((line) => canonical(line as unknown as Json) + "\n").join("");
}

/**
 * Reads an exported journal and checks every byte of it. Throws `journal_corrupt` with the first bad entry.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { importJournal, verifyChain } from "@brainops/core";
 * const entries = importJournal(await readFile("run.jsonl", "utf8"));
 * verifyChain(entries);
 * ```
 */
export function importJournal(text: string): readonly Entry[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw corrupt(Math.max(0, lines.length - 1), "the last line is not finished");
  const [head, ...rest] = lines;
  const entries = rest.map((line, index) => parseLine<Entry>(line, index));
  verifyChain(entries);
  const header = parseLine<Header>(head ?? "", 0);
  const first = entries[0];
  if (first?.type !== "run-started") throw corrupt(0, "it is not the start of a run");
  if (header.entries !== entries.length || header.head !== entries.at(-1)?.hash)
    throw corrupt(entries.length, `the header promises ${header.entries} entries, and there are ${entries.length}`);
  if (header.brainops !== "journal" || header.format !== 1 || header.run !== first.run || header.graph !== first.graph)
    throw corrupt(0, "the header does not fit it");
  return entries;
}

function parseLine<T>(line: string, position: number): T {
  let value: Json;
  let written: string;
  try {
    value = JSON.parse(line) as Json;
    // What can be parsed can still be no value of ours, such as 1e999.
    written = canonical(value);
  } catch {
    throw corrupt(position, "it is not JSON");
  }
  // The same value could be written in other bytes; only one way of writing is accepted, so that every byte counts.
  if (written !== line) throw corrupt(position, "it is not in canonical form");
  if (value === null || typeof value !== "object") throw corrupt(position, "it is no object");
  return value as unknown as T;
}
