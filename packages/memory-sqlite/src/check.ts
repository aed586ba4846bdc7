import { BrainOpsError, isBrainOpsError, verifyChain, type ChainEnd, type Entry } from "@brainops/core";
import type { Secret } from "@brainops/core/sealing";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { makeBreather } from "./breather.ts";
import { connect } from "./connect.ts";
import { loadKey, openText, refresh, type Context } from "./context.ts";
import { bytes, int, type Row, type Value } from "./handle.ts";
import { checkPages } from "./page-check.ts";
import { addIndex, addRecord, type SumsByScope } from "./index-sums.ts";
import { openFrame } from "./frames.ts";
import { readStream } from "./journal.ts";
import { streamPlace } from "./places.ts";
import { openRecord, recordColumns } from "./record-body.ts";
import { sealedTables, type SealedTable } from "./sealed-tables.ts";
import { readWords } from "./words.ts";

/** What {@link check} looks at. */
export interface CheckOptions {
  /** The file of the store. It may be open, in this process or in others, and be written to meanwhile. */
  readonly file: string;
  /** The key that the store was made with. */
  readonly key: Secret;
  /** Is told how much has been looked at, from 0 to 1. */
  readonly progress?: (share: number) => void;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

/** Something that is wrong with a store. */
export interface Problem {
  /**
   * - `pages`: SQLite finds its own file damaged.
   * - `unreadable`: sealed bytes do not open at their place.
   * - `journal`: the entries of a stream do not follow each other, or a run's chain of hashes is broken.
   * - `index`: what is found by words differs from what the records say.
   * - `counts`: figures that are kept differ from what is there.
   */
  readonly code: "pages" | "unreadable" | "journal" | "index" | "counts";
  /** What and where, by numbers of rows: never contents. */
  readonly message: string;
}

/** What {@link check} found. */
export interface CheckReport {
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** The first hundred. */
  readonly problems: readonly Problem[];
  /** How many records were checked; 0 when SQLite's own check failed, after which nothing else is looked at. */
  readonly records: number;
  /** How many entries of streams were checked. */
  readonly entries: number;
}

/** A check as it goes. */
interface Checking {
  readonly context: Context;
  readonly problems: Problem[];
  readonly step: () => Promise<void>;
  entries: number;
}

const mostProblems = 100;
const rowsAtOnce = 50;

/**
 * Looks whether a store is whole: SQLite's own check, every sealed value opened at its place, the entries of every stream and
 * the hashes of every run's journal, the index of words against the texts, and all figures that are kept. It sees the store
 * as it was at one moment, changes nothing, and works in slices.
 *
 * Errors: `wrong_key`, `not_found`, `not_a_store`, `aborted`, `store_busy`. Damage is reported, not thrown.
 *
 * @example
 * ```ts
 * import { check } from "@brainops/memory-sqlite";
 * const { ok, problems } = await check({ file: "brain.db", key: process.env["BRAINOPS_KEY"] ?? "" });
 * ```
 */
export async function check({ file, key, progress, signal }: CheckOptions): Promise<CheckReport> {
  if (!existsSync(file)) throw new BrainOpsError("not_found", `There is no store ${file} to check.`);
  const problems = (await checkPages(resolve(file))).map((message): Problem => ({ code: "pages", message }));
  // Whoever cannot read the pages can read nothing else.
  if (problems.length > 0) return { ok: false, problems, records: 0, entries: 0 };
  const context = await connect({ file, key });
  context.db.run("begin");
  try {
    refresh(context);
    const breathe = makeBreather();
    const checking: Checking = {
      context,
      problems,
      entries: 0,
      async step() {
        if (signal?.aborted === true) throw new BrainOpsError("aborted", "The check was stopped.");
        await breathe();
      },
    };
    const sums: SumsByScope = new Map();
    const parts = sealedTables.length + 2;
    for (const [i, table] of sealedTables.entries()) {
      await checkTable(checking, table, sums);
      progress?.((i + 1) / parts);
    }
    await checkJournals(checking);
    progress?.((parts - 1) / parts);
    await checkIndex(checking, sums);
    progress?.(1);
    const records = [...sums.values()].reduce((sum, scope) => sum + scope.records, 0);
    return { ok: problems.length === 0, problems: problems.slice(0, mostProblems), records, entries: checking.entries };
  } finally {
    context.db.run("commit");
    await context.log.close();
    await context.background.close();
    context.db.close();
  }
}

async function checkTable({ context, problems, step }: Checking, table: SealedTable, sums: SumsByScope): Promise<void> {
  const { db, sealer } = context;
  const columns = table.name === "records" ? recordColumns : `${table.columns}, body`;
  let after: Value = -1;
  for (;;) {
    const rows = db.all(
      `select ${table.key} as walked, ${columns} from ${table.name} where ${table.key} > ? order by ${table.key} limit ?`,
      after,
      rowsAtOnce,
    );
    for (const row of rows) {
      await step();
      const sealed = row["body"];
      if (sealed === null) continue;
      try {
        const place = table.place(row);
        loadKey(context, sealer.keyOf(place, bytes(sealed)));
        sealer.open(place, bytes(sealed));
        if (table.name === "records")
          addRecord(context, sums, int(row["scope"]), int(row["n"]), openRecord(context, row));
      } catch (error) {
        if (!isBrainOpsError(error)) throw error;
        problems.push({ code: "unreadable", message: `${table.name}, row ${nameOf(row["walked"])}: ${error.message}` });
      }
    }
    const last = rows.at(-1)?.["walked"];
    if (last === undefined) return;
    after = typeof last === "number" ? last : bytes(last);
  }
}

function nameOf(value: Row[string] | undefined): string {
  return typeof value === "number" ? String(value) : Buffer.from(bytes(value)).toString("hex");
}

/** Every stream's entries follow each other, and every journal of a run is a chain. */
async function checkJournals(checking: Checking): Promise<void> {
  const { context, problems, step } = checking;
  const ends = new Map<number, number>();
  for (let after = -1; ;) {
    const rows = context.db.all(
      "select seq, stream, position, count from journal where seq > ? and stream > 0 order by seq limit 200",
      after,
    );
    for (const row of rows) {
      const [stream, position, count] = [int(row["stream"]), int(row["position"]), int(row["count"])];
      const end = ends.get(stream);
      if (end !== undefined && end !== position)
        problems.push({ code: "journal", message: `stream ${stream}: after position ${end} comes ${position}` });
      ends.set(stream, position + count);
      checking.entries += count;
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    after = int(last["seq"]);
    await step();
  }
  for (const row of context.db.all("select n, name, body from streams")) {
    await checkNamed(checking, int(row["n"]), () =>
      openText(context, streamPlace(bytes(row["name"])), bytes(row["body"])),
    );
  }
  for (const row of context.db.all(begunSince, context.indexed))
    await checkNamed(checking, int(row["seq"]), () => openFrame(context, int(row["seq"]), row).name ?? "");
}

/** Streams that began since the journal was indexed. */
const begunSince = "select seq, position, count, body from journal where seq > ? and position = 0 and stream = seq";

async function checkNamed(checking: Checking, stream: number, nameOf: () => string): Promise<void> {
  await checking.step();
  try {
    const name = nameOf();
    if (name.startsWith("journal/")) await checkChain(checking, name);
  } catch (error) {
    if (!isBrainOpsError(error)) throw error;
    // What does not open has been reported.
    if (error.code === "journal_corrupt")
      checking.problems.push({ code: "journal", message: `stream ${stream}: ${error.message}` });
  }
}

async function checkChain({ context, step }: Checking, name: string): Promise<void> {
  let end: ChainEnd | undefined;
  for (;;) {
    const read = readStream(context, name, end?.position ?? 0, 50);
    // What is big stands apart, sealed by itself: of such an entry the header is checked, which the chain runs over.
    const entries = read.map(({ entry }) => headOf(entry as unknown as Entry));
    const last = entries.at(-1);
    if (last === undefined) return;
    verifyChain(entries, end);
    end = { position: last.position + 1, hash: last.hash };
    await step();
  }
}

function headOf(entry: Entry & { readonly apart?: unknown; readonly body?: unknown }): Entry {
  if (entry.apart === undefined) return entry;
  const { apart: _apart, body: _body, salt: _salt, ...head } = entry;
  return head as Entry;
}

/** The index holds what the texts say, and the figures of every scope are right. */
async function checkIndex({ context, problems, step }: Checking, expected: SumsByScope): Promise<void> {
  const { db } = context;
  const actual: SumsByScope = new Map();
  for (const message of addIndex(context, actual)) {
    if (message !== undefined) problems.push({ code: "index", message });
    await step();
  }
  const scopes = new Set([
    ...expected.keys(),
    ...actual.keys(),
    ...db.all("select n from scopes").map(({ n }) => int(n)),
  ]);
  for (const scope of scopes) {
    await step();
    const should = expected.get(scope) ?? { records: 0, terms: 0, postings: 0, sum: 0 };
    const is = actual.get(scope) ?? { postings: 0, sum: 0 };
    if (should.postings !== is.postings || should.sum !== is.sum)
      problems.push({
        code: "index",
        message: `scope ${scope}: the texts have ${should.postings} words, the index ${is.postings}, or others`,
      });
    const kept = db.get("select sum(records) as records, sum(terms) as terms from kinds where scope = ?", scope);
    if (int(kept?.["records"]) !== should.records || int(kept?.["terms"]) !== should.terms)
      problems.push({ code: "counts", message: `scope ${scope}: its records or their terms are not as counted` });
  }
  const recent = int(db.get("select count(*) as n from recent")?.["n"]);
  if (readWords(db).recent !== recent)
    problems.push({ code: "counts", message: `${recent} records are not packed, which is not as counted` });
}
