import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical } from "./canonical.ts";
import { corrupt, verifyChain } from "./chain.ts";
import { checkedPages, type JournalPages } from "./pages.ts";

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

const line = (value: unknown): string => `${canonical(value as Json)}\n`;

function headerLine(first: Entry | undefined, last: Entry | undefined, entries: number): string {
  const { run, graph } = first as Extract<Entry, { type: "run-started" }>;
  return line({ brainops: "journal", format: 1, run, graph, entries, head: (last as Entry).hash } satisfies Header);
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
  return headerLine(entries[0], entries.at(-1), entries.length) + entries.map(line).join("");
}

/** The same in pieces, of whole lines, from a journal that is checked on the way. Throws `journal_corrupt`. */
export async function* exportPieces(journal: JournalPages): AsyncGenerator<string, void, undefined> {
  const [[first], [last]] = await Promise.all([journal.read(0, 1), journal.read(journal.length - 1, 1)]);
  yield headerLine(first, last, journal.length);
  for await (const page of checkedPages(journal)) yield page.map(line).join("");
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
  const journal = openJournal(text);
  const entries = journal.read(0, journal.length) as readonly Entry[];
  verifyChain(entries);
  journal.check?.();
  return entries;
}

/**
 * An exported journal as pages: a line is read when it is asked for, so that the text is all that is held. Each is checked
 * by itself, and the whole when it is replayed. Errors: `journal_corrupt`.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { openJournal, replay, type Graph } from "@brainops/core";
 * declare const graph: Graph;
 * const { equal } = await replay(graph, openJournal(await readFile("run.jsonl", "utf8")));
 * ```
 */
export function openJournal(text: string): JournalPages {
  const starts = lineStarts(text);
  const length = Math.max(0, starts.length - 2);
  // The header is line 0.
  const at = (number: number): string => text.slice(starts[number], (starts[number + 1] ?? text.length + 1) - 1);
  const entry = (position: number): Entry => parseLine<Entry>(at(position + 1), position);
  return {
    length,
    read: (from, limit) => Array.from({ length: Math.min(limit, length - from) }, (_, index) => entry(from + index)),
    check() {
      const first = length > 0 ? entry(0) : undefined;
      checkHeader(parseLine<Header>(at(0), 0), first, length, length > 0 ? entry(length - 1).hash : undefined);
    },
  };
}

/** Where each line begins, and where the next would. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  if (starts.at(-1) !== text.length) throw unfinished(starts.length - 2);
  return starts;
}

const unfinished = (position: number): Error => corrupt(Math.max(0, position), "the last line is not finished");

function checkHeader(header: Header, first: Entry | undefined, entries: number, head: string | undefined): void {
  if (first?.type !== "run-started") throw corrupt(0, "it is not the start of a run");
  if (header.entries !== entries || header.head !== head)
    throw corrupt(entries, `the header promises ${header.entries} entries, and there are ${entries}`);
  if (header.brainops !== "journal" || header.format !== 1 || header.run !== first.run || header.graph !== first.graph)
    throw corrupt(0, "the header does not fit it");
}

/** Entries of lines that come one after the other, each checked by itself; in the end, with the header. */
export async function* entriesOfLines(lines: AsyncIterable<string>): AsyncGenerator<Entry, void, undefined> {
  let header: string | undefined;
  let first: Entry | undefined;
  let [position, head] = [0, ""];
  for await (const text of lines) {
    if (header === undefined) header = text;
    else {
      const entry = parseLine<Entry>(text, position++);
      first ??= entry;
      head = entry.hash;
      yield entry;
    }
  }
  checkHeader(parseLine<Header>(header ?? "", 0), first, position, head);
}

/** The lines of a text that comes in pieces of any length. Throws `journal_corrupt` when the last is not finished. */
export async function* linesOf(
  pieces: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<string, void, undefined> {
  let [rest, count] = ["", 0];
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    count += lines.length;
    yield* lines;
  }
  if (rest !== "") throw unfinished(count - 1);
}

function parseLine<T>(text: string, position: number): T {
  let value: Json;
  let written: string;
  try {
    value = JSON.parse(text) as Json;
    // What can be parsed can still be no value of ours, such as 1e999.
    written = canonical(value);
  } catch {
    throw corrupt(position, "it is not JSON");
  }
  // The same value could be written in other bytes; only one way of writing is accepted, so that every byte counts.
  if (written !== text) throw corrupt(position, "it is not in canonical form");
  if (value === null || typeof value !== "object") throw corrupt(position, "it is no object");
  return value as unknown as T;
}
