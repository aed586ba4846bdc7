import type { StoredVector, Write } from "@brainops/core";
import { codeOf } from "./codes.ts";
import { compareText, type Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { within } from "./scopes.ts";

/** Where a record is and what filters ask of it: kept with its code. */
interface Held {
  readonly scope: number;
  /** Its place in `recordKinds`. */
  readonly kind: number;
  readonly created: number;
}

/** The number of a space, if any vector was ever put into it. */
export function findSpace({ db, sealer }: Context, space: string): number | undefined {
  const row = db.get("select n from spaces where name = ?", sealer.name("space", space));
  return row === undefined ? undefined : int(row["n"]);
}

/** Keeps a vector, when it is of the text that is there. Within a transaction. */
export function putVector(context: Context, write: Extract<Write, { type: "vector" }>): void {
  const { db, sealer } = context;
  const row = db.get("select n, scope, kind, created, version from records where id = ?", write.id);
  if (row === undefined || int(row["version"]) !== write.version) return;
  db.run("insert or ignore into spaces (name) values (?)", sealer.name("space", write.space));
  const space = findSpace(context, write.space) ?? 0;
  const [n, scope, kind, created] = ["n", "scope", "kind", "created"].map((column) => int(row[column])) as [
    number,
    number,
    number,
    number,
  ];
  const before = db.get("select v from vectors where record = ? and space = ?", n, space);
  if (before !== undefined) removeVector(context, int(before["v"]), scope, space);
  const { buffer, byteOffset, byteLength } = write.vector;
  insertVector(context, n, space, new Uint8Array(buffer, byteOffset, byteLength), { scope, kind, created });
}

/** Takes a record's vectors along to where it is now, or, without that, away. Within a transaction. */
export function carryVectors(context: Context, n: number, from: number, to: Held | undefined): void {
  const rows = context.db.all("select v, space, data from vectors where record = ?", n);
  for (const row of rows) {
    const space = int(row["space"]);
    removeVector(context, int(row["v"]), from, space);
    if (to !== undefined) insertVector(context, n, space, bytes(row["data"]), to);
  }
}

/** Every vector gets a new number, so that who knows the codes up to one sees what has changed by reading on. */
function insertVector({ db }: Context, record: number, space: number, data: Uint8Array, held: Held): void {
  const { scope, kind, created } = held;
  const { id: v } = db.run("insert into vectors (record, space, data) values (?, ?, ?)", record, space, data);
  db.run(
    "insert into codes (scope, space, v, record, kind, created, code) values (?, ?, ?, ?, ?, ?, ?)",
    scope,
    space,
    v,
    record,
    kind,
    created,
    new Uint8Array(codeOf(floatsOf(data)).buffer),
  );
  db.run("insert or ignore into embedded (scope, space, vectors) values (?, ?, 0)", scope, space);
  db.run("update embedded set vectors = vectors + 1 where scope = ? and space = ?", scope, space);
}

function removeVector({ db }: Context, v: number, scope: number, space: number): void {
  db.run("delete from vectors where v = ?", v);
  db.run("delete from codes where scope = ? and space = ? and v = ?", scope, space, v);
  db.run("update embedded set vectors = vectors - 1 where scope = ? and space = ?", scope, space);
  db.run("delete from embedded where scope = ? and space = ? and vectors = 0", scope, space);
}

/** The numbers in a column of `vectors`. */
export function floatsOf(data: Uint8Array): Float32Array {
  const { buffer, byteOffset, length } = data;
  // A copy, where a column's bytes do not begin where a number may.
  return byteOffset % 4 === 0 ? new Float32Array(buffer, byteOffset, length / 4) : floatsOf(data.slice());
}

/** The vectors of records in a space. */
export function readVectors(context: Context, space: string, ids: readonly string[]): StoredVector[] {
  const number = findSpace(context, space);
  if (number === undefined) return [];
  return [...new Set(ids)].toSorted(compareText).flatMap((id) => {
    const row = context.db.get(
      "select data from vectors where space = ? and record = (select n from records where id = ?)",
      number,
      id,
    );
    return row === undefined ? [] : [{ id, vector: floatsOf(bytes(row["data"])).slice() }];
  });
}

/** How many vectors of a space the scopes hold, and how many of their records have none. */
export function countVectors(
  { db }: Context,
  scopes: readonly number[],
  space: number | undefined,
): { readonly held: number; readonly lacking: number } {
  const { sql, values } = within("scope", scopes);
  const records = int(db.get(`select sum(records) as total from kinds where ${sql}`, ...values)?.["total"]);
  const held = int(
    db.get(`select sum(vectors) as held from embedded where ${sql} and space = ?`, ...values, space ?? 0)?.["held"],
  );
  return { held, lacking: records - held };
}
