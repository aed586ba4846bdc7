import type { Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import type { TermPostings } from "./matches.ts";
import type { Block, Postings } from "./posting-block.ts";
import { findTerms, known, recentTerms } from "./recent.ts";

/** What the index of words says of a scope at one moment. */
export interface Words {
  readonly total: number;
  readonly totalLength: number;
  /** By asked term; their `idf` is not known yet. */
  readonly postings: readonly TermPostings[];
  readonly counts: readonly number[];
  /** Records that are in the index still, but are not there any more. */
  readonly gone: readonly number[];
  /** Ids of records that are not packed yet. */
  readonly ids: ReadonlyMap<number, string>;
}

/** How many recent records a scope may have before they are packed: the larger it is, the more share a block's rewriting. */
export function packingSize(records: number): number {
  return Math.min(16_384, Math.max(256, Math.floor(records / 8)));
}

/** Reads what the index knows of these terms: one statement, so one moment. */
export async function readWords(context: Context, terms: readonly string[], scope: string): Promise<Words> {
  const { db, s, sealer } = context;
  const tokens = terms.map((term) => sealer.token("term", term));
  const distinct = [...new Set(tokens)];
  const asked = new Map([...context.recent].map(([n, remembered]) => [n, remembered]));
  const rows = await db.query(
    `select * from ${s}.words_1($1, $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])`,
    [sealer.token("scope", scope), distinct, ...known(context)],
  );
  const byKind = Map.groupBy(rows, (row) => int(row["kind"]));
  const horizon = int(byKind.get(0)?.[0]?.["a"]);
  const recentRows = Map.groupBy(byKind.get(2) ?? [], (row) => int(row["scope"]));
  const recent: Postings[] = distinct.map(() => ({ records: [], frequencies: [] }));
  const gone: number[] = [];
  const ids = new Map<number, string>();
  let [total, totalLength] = [0, 0];
  for (const row of byKind.get(1) ?? []) {
    const n = int(row["scope"]);
    total += int(row["a"]);
    totalLength += int(row["b"]);
    let unpacked = 0;
    for (const part of recentTerms(context, n, int(row["c"]), horizon, asked, recentRows.get(n) ?? [])) {
      total += part.total;
      totalLength += part.totalLength;
      unpacked += part.records.length;
      findTerms(part, distinct, recent);
      for (const record of part.records) if (record < 0) gone.push(-record);
      for (const [record, id] of part.ids) ids.set(record, id);
    }
    const scope = context.scopesByNumber.get(n);
    if (scope !== undefined) scope.records = int(row["a"]);
    if (unpacked >= packingSize(int(row["a"]))) context.unpacked.add(n);
  }
  const blocks = Map.groupBy(byKind.get(3) ?? [], (row) => int(row["a"]));
  const postings = tokens.map((token, index) => {
    const packed = (blocks.get(token) ?? []).map(toBlock);
    const own = recent[distinct.indexOf(token)] ?? { records: [], frequencies: [] };
    const sum = own.records.reduce((sum, record) => sum + Math.sign(record), 0);
    return { index, idf: 0, blocks: packed, recent: own, count: packed.reduce((all, { count }) => all + count, sum) };
  });
  return { total, totalLength, postings, counts: postings.map(({ count }) => count), gone, ids };
}

function toBlock(row: Row): Block {
  return { first: int(row["b"]), last: int(row["c"]), count: int(row["d"]), data: bytes(row["data"]) };
}
