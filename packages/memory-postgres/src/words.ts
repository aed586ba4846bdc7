import type { Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import type { TermPostings } from "./matches.ts";
import { readBlock } from "./posting-block.ts";
import type { Chunk, Postings } from "./posting-chunk.ts";
import type { LoneBlock } from "./lone-block.ts";
import { findTerms, known, recentTerms } from "./recent.ts";

/** What the index of words says of a scope at one moment. */
export interface Words {
  readonly total: number;
  readonly totalLength: number;
  /** By asked term; their `idf` is not known yet. */
  readonly postings: readonly TermPostings[];
  /** Records that are in the index still, but are not there any more. */
  readonly gone: readonly number[];
  /** Ids of records that are not packed yet. */
  readonly ids: ReadonlyMap<number, string>;
}

/** How many recent records a scope may have before they are packed: the larger it is, the more share a block's rewriting. */
export function packingSize(records: number): number {
  return Math.min(4096, Math.max(256, Math.floor(records / 8)));
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
  const versions = new Map((byKind.get(3) ?? []).map((row) => [int(row["a"]), int(row["b"])]));
  const [shared, lone] = partBlocks(byKind.get(4) ?? [], versions, new Set(distinct));
  const postings = tokens.map((token, index) => {
    const chunks = shared.get(token) ?? [];
    const alone = lone.get(token) ?? [];
    const own = recent[distinct.indexOf(token)] ?? { records: [], frequencies: [] };
    const sum = own.records.reduce((sum, record) => sum + Math.sign(record), 0);
    const count = [...chunks, ...alone].reduce((all, { count }) => all + count, sum);
    return { index, idf: 0, chunks, lone: alone, recent: own, count };
  });
  return { total, totalLength, postings, gone, ids };
}

/** Chunks by term out of blocks that several share, and blocks that one term has alone, by term. */
function partBlocks(
  rows: readonly Row[],
  versions: ReadonlyMap<number, number>,
  wanted: ReadonlySet<number>,
): [ReadonlyMap<number, Chunk[]>, ReadonlyMap<number, LoneBlock[]>] {
  const shared = new Map<string, Uint8Array>();
  const lone = new Map<number, LoneBlock[]>();
  for (const row of rows) {
    const [segment, term, first] = [int(row["a"]), int(row["b"]), int(row["c"])];
    if (row["data"] !== null) {
      shared.set(`${segment} ${term} ${first}`, bytes(row["data"]));
      continue;
    }
    const block = {
      segment,
      version: versions.get(segment) ?? 0,
      term,
      first,
      last: int(row["d"]),
      count: int(row["t"]),
    };
    const others = lone.get(term);
    if (others === undefined) lone.set(term, [block]);
    else others.push(block);
  }
  const chunks = [...shared.values()].flatMap((data) => readBlock(data, wanted));
  return [Map.groupBy(chunks, ({ term }) => term), lone];
}
