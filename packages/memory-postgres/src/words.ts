import type { RecordFilter } from "@brainops/core";
import {
  chainsOf,
  findRecentTerms,
  packChunks,
  readBlock,
  type Chain,
  type Chunk,
  type Postings,
} from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { learnFinal } from "./final.ts";
import { fewestSelected, selecting } from "./find.ts";
import { bytes, int, text, type Row } from "./handle.ts";
import type { ScopeSegments, SegmentState } from "./packed-cache.ts";
import type { RecentTerms } from "./recent-terms.ts";
import { known, recentTerms, rememberedWithin } from "./recent.ts";

/** What the index of words says of a scope at one moment. */
export interface Words {
  readonly total: number;
  readonly totalLength: number;
  /** By asked term: who holds it, packed or not, and how many of them are still there. */
  readonly terms: readonly { readonly chains: readonly Chain[]; readonly holding: number }[];
  /** Records that are in the index still, but are not there any more. */
  readonly gone: ReadonlySet<number>;
  /** Records that are not packed yet, with what is known of their ids. */
  readonly recent: readonly Pick<RecentTerms, "ids" | "leastId">[];
  /** Of all records only these can fit the filter, where it leaves few. */
  readonly chosen: readonly number[] | undefined;
  /** The scope's token, and which segments it has: what is packed stays the same as long as they do. */
  readonly scope: number;
  readonly state: string;
}

/** How many recent records a scope may have before they are packed: the larger it is, the more share a block's rewriting. */
export function packingSize(records: number): number {
  return Math.min(4096, Math.max(256, Math.floor(records / 8)));
}

/** To read so many recent records again takes longer than to ask which of them are final. */
const mostUnsettled = 100;

/** Reads what the index knows of these terms, and which records a filter leaves: one statement, so one moment. */
export async function readWords(context: Context, terms: readonly string[], filter: RecordFilter): Promise<Words> {
  const { db, s, sealer } = context;
  const scopeToken = sealer.token("scope", filter.scope);
  const tokens = terms.map((term) => sealer.token("term", term));
  const distinct = [...new Set(tokens)];
  const asked = rememberedWithin(context, filter.scope);
  const had = whatIsHad(context, scopeToken, distinct);
  const values = [scopeToken, distinct, ...known(asked), ...had.values];
  const selected = selecting(context, filter, values.length + 1);
  // Known before it is read, so that what is read is all there is below it.
  const { final } = context;
  const rows = await db.query(
    `select * from ${s}.words_1($1, $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
     ${selected === undefined ? "" : `union all select 5, list, null, null, null, null, numbers, null from (${selected.sql}) chosen`}`,
    [...values, ...(selected?.values ?? [])],
  );
  const byKind = Map.groupBy(rows, (row) => int(row["kind"]));
  const life = int(byKind.get(0)?.[0]?.["b"]);
  const horizon = Math.max(int(byKind.get(0)?.[0]?.["a"]), final.life === life ? final.below : 0);
  const recentRows = Map.groupBy(byKind.get(2) ?? [], (row) => int(row["scope"]));
  const recent: Postings[] = distinct.map(() => ({ records: [], frequencies: [] }));
  const gone = new Set<number>();
  const parts: RecentTerms[] = [];
  let [total, totalLength, unsettled] = [0, 0, 0];
  for (const row of byKind.get(1) ?? []) {
    const n = int(row["scope"]);
    total += int(row["a"]);
    totalLength += int(row["b"]);
    let unpacked = 0;
    const [settled, open] = recentTerms(context, n, int(row["c"]), horizon, asked, recentRows.get(n) ?? []);
    unsettled += open.records.length;
    for (const part of [settled, open]) {
      total += part.total;
      totalLength += part.totalLength;
      unpacked += part.records.length;
      findRecentTerms(part, distinct, recent);
      if (part.ids.size > 0) parts.push(part);
      for (const record of part.gone) gone.add(record);
    }
    const scope = context.scopesByNumber.get(n);
    if (scope !== undefined) scope.records = int(row["a"]);
    if (unpacked >= packingSize(int(row["a"]))) context.unpacked.add(n);
  }
  // Somebody's transaction has been under way for long, perhaps a stranger's: what comes after it is read again and again.
  if (unsettled > mostUnsettled) await learnFinal(context);
  const segments = (byKind.get(3) ?? []).map((row): SegmentState => ({ n: int(row["a"]), version: int(row["b"]) }));
  const scope = context.packed.setSegments(scopeToken, segments);
  const chains = packedChains(context, { scopeToken, scope, had: had.had, rows: byKind.get(4) ?? [] }, distinct);
  const own = distinct.map((token, i) => {
    const packed = chains[i] ?? [];
    const count = packed.reduce((sum, { chunks }) => chunks.reduce((sum, { count }) => sum + count, sum), 0);
    const { records, frequencies } = recent[i] ?? { records: [], frequencies: [] };
    return {
      chains:
        records.length === 0 ? packed : [...packed, ...chainsOf(packChunks(token, inOrder(records, frequencies)))],
      holding: records.reduce((sum, record) => sum + Math.sign(record), count),
    };
  });
  const none = { chains: [], holding: 0 };
  return {
    total,
    totalLength,
    terms: tokens.map((token) => own[distinct.indexOf(token)] ?? none),
    gone,
    recent: parts,
    chosen: fewestSelected((byKind.get(5) ?? []).map((row) => text(row["t"]))),
    scope: scopeToken,
    state: scope.state,
  };
}

/** Those that are there, ascending. */
function inOrder(records: readonly number[], frequencies: readonly number[]): Postings {
  const order = records.map((record, i) => [record, frequencies[i] ?? 1] as const).filter(([record]) => record > 0);
  order.sort(([a], [b]) => a - b);
  return { records: order.map(([record]) => record), frequencies: order.map(([, frequency]) => frequency) };
}

/** To say of more segments and terms that they are known takes longer than to get them again. */
const mostHad = 4000;

/** What is known of the asked terms in a segment, by their places. */
interface HadOfSegment {
  readonly version: number;
  readonly chunks: readonly (readonly Chunk[] | undefined)[];
}
/** The same by the number of the segment. Held while the server is asked, so that it is still there when the answer comes. */
type Had = ReadonlyMap<number, HadOfSegment>;

/** What is known of these terms in the segments that the scope had, also as `words_1` takes it. */
function whatIsHad(
  { packed }: Context,
  scopeToken: number,
  terms: readonly number[],
): { readonly values: [number[], number[], number[]]; readonly had: Had } {
  const values: [number[], number[], number[]] = [[], [], []];
  const had = new Map<number, HadOfSegment>();
  const { segments } = packed.segmentsOf(scopeToken);
  if (segments.length * terms.length > mostHad) return { values, had };
  for (const segment of segments) {
    const { n, version } = segment;
    const chunks = terms.map((term) => packed.get(segment, term));
    had.set(n, { version, chunks });
    for (const [i, term] of terms.entries()) {
      if (chunks[i] === undefined) continue;
      values[0].push(n);
      values[1].push(version);
      values[2].push(term);
    }
  }
  return { values, had };
}

interface Packed {
  readonly scopeToken: number;
  readonly scope: ScopeSegments;
  readonly had: Had;
  /** Blocks of what was not had. */
  readonly rows: readonly Row[];
}

/** The chains of each term: of what was had, and what was read, which is remembered. */
function packedChains(
  { packed }: Context,
  { scopeToken, scope: { segments, state }, had, rows }: Packed,
  terms: readonly number[],
): (readonly Chain[])[] {
  const read = new Map<string, Chunk[]>();
  for (const row of rows) {
    const term = int(row["b"]);
    const key = `${int(row["a"])} ${term}`;
    const chunks = readBlock(bytes(row["data"]), term);
    const others = read.get(key);
    if (others === undefined) read.set(key, chunks);
    else others.push(...chunks);
  }
  const remembers = segments.length * terms.length <= mostHad;
  return terms.map((term, i) => {
    const all: Chunk[] = [];
    for (const segment of segments) {
      const before = had.get(segment.n);
      const known = before?.version === segment.version ? before.chunks[i] : undefined;
      const chunks = known ?? read.get(`${segment.n} ${term}`) ?? [];
      all.push(...(known === undefined && remembers ? packed.put(segment, term, chunks) : chunks));
    }
    const key = `${scopeToken} ${term}`;
    return packed.chains.get(key, state) ?? packed.chains.put(key, state, all);
  });
}
