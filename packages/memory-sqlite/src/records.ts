import { BrainOpsError, linkTypes, recordKinds, type Counters, type Link, type MemoryRecord } from "@brainops/core";
import { marksOf } from "@brainops/core/sealing";
import { forgetGone, noteGone } from "./changes.ts";
import { forgetId, noteId } from "./best-matches.ts";
import { makeRoom, openText, sealText, type Context } from "./context.ts";
import { bytes, int, type Row, textOf } from "./handle.ts";
import { removeDocumentsOf } from "./documents.ts";
import { linkPlace } from "./places.ts";
import { openRecord, recordColumns, sealRecord } from "./record-body.ts";
import { numberOf } from "./record-number.ts";
import { indexTerms, unindexTerms } from "./record-index.ts";
import { scopeFor } from "./scopes.ts";
import { carryVectors } from "./vectors.ts";

/** Puts a new record, or the next version of one; the latter step by step. Within a transaction. */
export function putRecord(context: Context, record: MemoryRecord): Generator<undefined> | void {
  const { db } = context;
  makeRoom(context);
  const before = db.get(`select ${recordColumns} from records where id = ?`, record.id);
  const stored = int(before?.["version"]);
  if (record.version !== stored + 1)
    throw new BrainOpsError(
      "conflict",
      `Record ${record.id} has version ${stored}, so the next is ${stored + 1}, not ${record.version}.`,
    );
  if (before !== undefined) return replaceRecord(context, before, record);
  writeRecord(context, record, undefined, false);
}

function* replaceRecord(context: Context, before: Row, record: MemoryRecord): Generator<undefined> {
  const { text } = yield* unindexRecord(context, before);
  writeRecord(context, record, before, text === record.text);
}

function writeRecord(context: Context, record: MemoryRecord, before: Row | undefined, sameText: boolean): void {
  const { db, sealer } = context;
  const scope = scopeFor(context, record.scope);
  if (before !== undefined && int(before["scope"]) !== scope.n) noteGone(context, int(before["scope"]), record.id);
  // Nothing is known to be gone under an id that is still there in the same scope.
  if (before === undefined || int(before["scope"]) !== scope.n) forgetGone(context, scope.n, record.id);
  const terms = context.prepared.get(record) ?? context.tokensOf(record.text);
  const kind = recordKinds.indexOf(record.kind);
  const thread = record.thread === undefined ? null : sealer.token("thread", record.thread);
  const body = sealRecord(context, record, scope);
  const values = [
    scope.n,
    kind,
    record.createdAt,
    record.version,
    terms.length,
    thread,
    record.sequence ?? null,
    context.position,
    body,
  ] as const;
  let n = int(before?.["n"]);
  if (before === undefined)
    n = db.run(
      `insert into records (id, scope, kind, created, version, length, thread, sequence, changed, body)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      record.id,
      ...values,
    ).id;
  else
    db.run(
      `update records set scope = ?, kind = ?, created = ?, version = ?, length = ?, thread = ?, sequence = ?,
       changed = ?, body = ? where n = ?`,
      ...values,
      n,
    );
  for (const mark of marksOf(sealer, record)) db.run("insert into marks (mark, record) values (?, ?)", mark, n);
  indexTerms(context, { scope: scope.n, kind, record: n }, terms, before === undefined);
  if (before === undefined) noteId(context, n, record.id);
  else
    carryVectors(
      context,
      n,
      int(before["scope"]),
      sameText ? { scope: scope.n, kind, created: record.createdAt } : undefined,
    );
}

/** Takes a record out of the index, leaving its row, and gives it. */
function* unindexRecord(context: Context, row: Row): Generator<undefined, MemoryRecord> {
  const record = openRecord(context, row);
  const [n, scope] = [int(row["n"]), int(row["scope"])];
  const tokens = yield* context.tokensOf.steps(record.text);
  yield* unindexTerms(context, { scope, kind: int(row["kind"]), record: n }, tokens);
  removeMarks(context, n, record);
  return record;
}

function removeMarks(context: Context, n: number, record: MemoryRecord): void {
  for (const mark of marksOf(context.sealer, record))
    context.db.run("delete from marks where mark = ? and record = ?", mark, n);
}

/** Removes a record with its index entries and links, step by step. Within a transaction. */
export function* removeRecord(context: Context, row: Row): Generator<undefined> {
  yield* unindexRecord(context, row);
  removeRow(context, row);
}

/** Removes a record whose scope's words have been dropped from the index altogether. Within a transaction. */
export function removeUnindexed(context: Context, row: Row): void {
  removeMarks(context, int(row["n"]), openRecord(context, row));
  removeRow(context, row);
}

function removeRow(context: Context, row: Row): void {
  const n = int(row["n"]);
  context.db.run("delete from links where source = ? or target = ?", n, n);
  carryVectors(context, n, int(row["scope"]), undefined);
  removeDocumentsOf(context, n);
  context.db.run("delete from records where n = ?", n);
  noteGone(context, int(row["scope"]), textOf(row["id"]));
  forgetId(context, n, textOf(row["id"]));
}

/** The counters in a row of `records`. */
export function countersOf(row: Row): Counters {
  return { uses: int(row["uses"]), tries: int(row["tries"]), successes: int(row["successes"]) };
}

/** Adds to a counter; nothing happens when the record is gone. */
export function addToCounter(context: Context, id: string, counter: keyof Counters, by: number): void {
  const sql = {
    uses: "update records set uses = uses + ? where id = ?",
    tries: "update records set tries = tries + ? where id = ?",
    successes: "update records set successes = successes + ? where id = ?",
  };
  context.db.run(sql[counter], by, id);
}

/** Draws an arrow. Within a transaction. */
export function putLink(context: Context, link: Link): void {
  const [source, target] = [link.from, link.to].map((id) => {
    const n = numberOf(context, id);
    if (n === undefined) throw new BrainOpsError("not_found", `There is no record ${id} to link.`);
    return n;
  }) as [number, number];
  if (link.type === "supersedes" && isSuperseded(context, source, target))
    throw new BrainOpsError(
      "invalid_input",
      `${link.from} cannot supersede ${link.to}, which supersedes it. Of two records only one can stand for both.`,
    );
  const type = linkTypes.indexOf(link.type);
  const reason = link.reason === undefined ? null : sealText(context, linkPlace(source, target, type), link.reason);
  context.db.run(
    "insert or ignore into links (source, target, type, created, body) values (?, ?, ?, ?, ?)",
    source,
    target,
    type,
    link.createdAt ?? null,
    reason,
  );
}

/** Whether a record is superseded by another, however many stand between them, or is the very same. */
function isSuperseded({ db }: Context, record: number, by: number): boolean {
  const found = db.get(
    `with recursive reached (record) as
       (values (?) union select target from reached join links on source = record and type = ?)
     select 1 as found from reached where record = ?`,
    by,
    linkTypes.indexOf("supersedes"),
    record,
  );
  return found !== undefined;
}

/** Arrows from or towards a record. */
export function readLinks(context: Context, id: string, direction: "from" | "to"): Link[] {
  const own = direction === "from" ? "source" : "target";
  const rows = context.db.all(
    `select l.source, l.target, l.type, l.created, l.body, s.id as sid, t.id as tid
     from records r join links l on l.${own} = r.n join records s on s.n = l.source join records t on t.n = l.target
     where r.id = ? order by l.n`,
    id,
  );
  return rows.map((row) => {
    const type = int(row["type"]);
    const reason = row["body"];
    return {
      from: textOf(row["sid"]),
      to: textOf(row["tid"]),
      type: linkTypes[type] ?? "about",
      ...(row["created"] === null ? {} : { createdAt: int(row["created"]) }),
      ...(reason !== null && reason !== undefined
        ? { reason: openText(context, linkPlace(int(row["source"]), int(row["target"]), type), bytes(reason)) }
        : {}),
    };
  });
}
