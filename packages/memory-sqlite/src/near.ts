import type { Near, Nearest, RecordFilter } from "@brainops/core";
import { cosineSimilarity, fitsFilter } from "@brainops/core/recall";
import { fitOfCodes, readCodes, type CodeList } from "./codes.ts";
import { compareText, type Context } from "./context.ts";
import { selected, toStored } from "./find.ts";
import { bytes, int } from "./handle.ts";
import { recordColumns } from "./record-body.ts";
import { scopesWithin } from "./scopes.ts";
import { countVectors, findSpace, floatsOf, kindNumber } from "./vectors.ts";

/** Where so many fit, or fewer, all are compared. */
const mostCompared = 1000;
/** Of more, so many, those whose codes fit best; and so many for each one asked for. */
const leastCompared = 300;
const comparedForEach = 8;
/** So long one slice may take, about, in milliseconds. */
const sliceMs = 5;

/** Someone to be compared: the number of its vector, and how well its code fits. */
interface Rough {
  readonly v: number;
  readonly fit: number;
}

/** Someone who was compared. */
interface Exact {
  readonly id: string;
  readonly n: number;
  readonly similarity: number;
}

/** The records nearest to a vector: chosen by their codes, then compared exactly. In slices. */
export async function findNear(
  context: Context,
  read: <T>(work: () => T) => Promise<T>,
  vector: Float32Array,
  space: string,
  filter: RecordFilter,
  k: number,
): Promise<Nearest> {
  const { number, scopes, counts, chosen } = await read(() => {
    const found = findSpace(context, space);
    const within = scopesWithin(context, filter.scope);
    const few = selected(context, filter);
    return { number: found, scopes: within, counts: countVectors(context, within, found), chosen: few && new Set(few) };
  });
  const { lacking, held } = counts;
  if (number === undefined || k <= 0 || held === 0) return { nearest: [], lacking };
  await readAll(context, read, { scopes, space: number, held, bytesEach: Math.ceil(vector.length / 8) });
  const admits = admission(filter, chosen);
  let wanted = mostCompared;
  for (;;) {
    const lists = scopes.flatMap((scope) => context.codes.get(`${scope}/${number}`) ?? []);
    const { best, fitting } = await scan(lists, vector, admits, wanted);
    const exact: Exact[] = [];
    let nearest: readonly Near[] = [];
    for (let from = 0; from < best.length && nearest.length < k;) {
      const to = fitting <= mostCompared ? best.length : from + Math.max(leastCompared, k * comparedForEach);
      exact.push(...(await compare(context, read, vector, best.slice(from, to))));
      exact.sort((a, b) => b.similarity - a.similarity || compareText(a.id, b.id));
      nearest = await read(() => open(context, exact, filter, k));
      from = to;
    }
    // What was compared first and did not fit the filter is looked at again, with more beside it: that is seldom needed.
    if (nearest.length >= k || best.length >= fitting) return { nearest, lacking };
    wanted *= 16;
  }
}

interface Wanted {
  readonly scopes: readonly number[];
  readonly space: number;
  /** How many vectors the scopes hold. */
  readonly held: number;
  readonly bytesEach: number;
}

/** Makes sure that all codes of the scopes are known. */
async function readAll(
  context: Context,
  read: <T>(work: () => T) => Promise<T>,
  { scopes, space, held, bytesEach }: Wanted,
): Promise<void> {
  const known = scopes.reduce((sum, scope) => sum + (context.codes.get(`${scope}/${space}`)?.size ?? 0), 0);
  // Too many of those that are gone among them: they would be looked at for nothing.
  if (known > held * 1.25 + mostCompared) for (const scope of scopes) context.codes.delete(`${scope}/${space}`);
  let at = 0;
  const slice = (): void => {
    const until = performance.now() + sliceMs;
    for (; at < scopes.length && performance.now() < until;)
      if (readCodes(context, scopes[at] ?? 0, space, bytesEach)) at++;
  };
  while (at < scopes.length) {
    await read(slice);
    if (at < scopes.length) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Whether a code's record may fit a filter, as far as the code says. */
function admission(
  { kinds, since = -Infinity, until = Infinity }: RecordFilter,
  chosen: ReadonlySet<number> | undefined,
): (list: CodeList, at: number) => boolean {
  const wanted = kinds && new Set(kinds.map(kindNumber));
  if (wanted === undefined && chosen === undefined && since === -Infinity && until === Infinity) return () => true;
  return (list, at) => {
    const created = list.created[at] ?? 0;
    return (
      (wanted?.has(list.kinds[at] ?? 0) ?? true) &&
      (chosen?.has(list.records[at] ?? 0) ?? true) &&
      created >= since &&
      created < until
    );
  };
}

/** Those whose codes fit best, best first, and how many may fit the filter. */
async function scan(
  lists: readonly CodeList[],
  vector: Float32Array,
  admits: (list: CodeList, at: number) => boolean,
  most: number,
): Promise<{ readonly best: readonly Rough[]; readonly fitting: number }> {
  const fitOf = fitOfCodes(vector);
  let best: Rough[] = [];
  let least = -Infinity;
  let fitting = 0;
  const cut = (): void => {
    best.sort((a, b) => b.fit - a.fit);
    best = best.slice(0, most);
    if (best.length === most) least = best.at(-1)?.fit ?? least;
  };
  let until = performance.now() + sliceMs;
  for (const list of lists)
    for (let at = 0; at < list.size; at++) {
      // Looking at the clock takes as long as looking at a code.
      if (at % 1024 === 1023 && performance.now() > until) {
        await new Promise((resolve) => setImmediate(resolve));
        until = performance.now() + sliceMs;
      }
      if (!admits(list, at)) continue;
      fitting++;
      const fit = fitOf(list, at);
      if (fit <= least) continue;
      best.push({ v: list.vs[at] ?? 0, fit });
      if (best.length >= 2 * most) cut();
    }
  cut();
  return { best, fitting };
}

/** Compares vectors. Those that are gone are passed over. */
async function compare(
  { db }: Context,
  read: <T>(work: () => T) => Promise<T>,
  vector: Float32Array,
  chosen: readonly Rough[],
): Promise<Exact[]> {
  const exact: Exact[] = [];
  let at = 0;
  const slice = (): void => {
    const until = performance.now() + sliceMs;
    for (; at < chosen.length && performance.now() < until; at++) {
      const row = db.get("select id, n, data from vectors join records on n = record where v = ?", chosen[at]?.v ?? 0);
      if (row === undefined) continue;
      const similarity = cosineSimilarity(vector, floatsOf(bytes(row["data"])));
      exact.push({ id: String(row["id"]), n: int(row["n"]), similarity });
    }
  };
  while (at < chosen.length) await read(slice);
  return exact;
}

/** The first of them that fit the filter, as many as are wanted. */
function open(context: Context, exact: readonly Exact[], filter: RecordFilter, wanted: number): Near[] {
  const found: Near[] = [];
  for (const { n, similarity } of exact) {
    if (found.length >= wanted) break;
    const row = context.db.get(`select ${recordColumns} from records where n = ?`, n);
    if (row === undefined) continue;
    const stored = toStored(context, row);
    if (fitsFilter(stored.record, filter)) found.push({ ...stored, similarity });
  }
  return found;
}
