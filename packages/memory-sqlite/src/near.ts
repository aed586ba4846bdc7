import { recordKinds, type Near, type Nearest, type RecordFilter } from "@brainops/core";
import { cosineSimilarity, fitsFilter } from "@brainops/core/recall";
import { codeOf, distances, fitsOf, readCodes, wordsOf, type CodeList } from "./codes.ts";
import { compareText, type Context } from "./context.ts";
import { selected, toStored } from "./find.ts";
import { bytes } from "./handle.ts";
import { recordColumns } from "./record-body.ts";
import { scopesWithin } from "./scopes.ts";
import { countVectors, findSpace, floatsOf } from "./vectors.ts";

/** Where so many fit, or fewer, all are compared. */
const mostCompared = 1000;
/** Of more, so many, those that a closer look at their codes finds best; and so many for each one asked for. */
const leastCompared = 256;
const comparedForEach = 4;
/** So many codes, those nearest to the vector's own code, are looked at closer. */
const lookedAt = 3000;
/** The distance of a code that does not fit the filter. */
const tooFar = 65_535;
/** So many codes are looked at between two looks at the clock. */
const atOnce = 4096;
/** So long one slice may take, about, in milliseconds. */
const sliceMs = 5;

/** Someone to be compared: its record, the number of its vector, and how well its code fits. */
interface Rough {
  readonly record: number;
  readonly v: number;
  readonly fit: number;
}

/** Someone who was compared. */
interface Exact {
  readonly record: number;
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
  await readAll(context, read, { scopes, space: number, held, words: wordsOf(vector.length) });
  const admits = admission(filter, chosen);
  let wanted = lookedAt;
  for (;;) {
    const lists = scopes.flatMap((scope) => context.codes.get(`${scope}/${number}`) ?? []);
    const { best, fitting } = await scan(lists, vector, admits, wanted);
    const exact: Exact[] = [];
    let nearest: readonly Near[] = [];
    for (let from = 0; from < best.length && nearest.length < k;) {
      const to = fitting <= mostCompared ? best.length : from + Math.max(leastCompared, k * comparedForEach);
      exact.push(...(await compare(context, read, vector, best.slice(from, to))));
      exact.sort((a, b) => b.similarity - a.similarity);
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
  readonly words: number;
}

/** Makes sure that all codes of the scopes are known. */
async function readAll(
  context: Context,
  read: <T>(work: () => T) => Promise<T>,
  { scopes, space, held, words }: Wanted,
): Promise<void> {
  const known = scopes.reduce((sum, scope) => sum + (context.codes.get(`${scope}/${space}`)?.size ?? 0), 0);
  // Too many of those that are gone among them: they would be looked at for nothing.
  if (known > held * 1.25 + mostCompared) for (const scope of scopes) context.codes.delete(`${scope}/${space}`);
  let at = 0;
  const slice = (): void => {
    const until = performance.now() + sliceMs;
    for (; at < scopes.length && performance.now() < until;)
      if (readCodes(context, scopes[at] ?? 0, space, words)) at++;
  };
  while (at < scopes.length) {
    await read(slice);
    if (at < scopes.length) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Whether a code's record may fit a filter, as far as the code says; `undefined` when all may. */
function admission(
  { kinds, since = -Infinity, until = Infinity }: RecordFilter,
  chosen: ReadonlySet<number> | undefined,
): ((list: CodeList, at: number) => boolean) | undefined {
  const wanted = kinds && new Set(kinds.map((kind) => recordKinds.indexOf(kind)));
  if (wanted === undefined && chosen === undefined && since === -Infinity && until === Infinity) return undefined;
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
  admits: ((list: CodeList, at: number) => boolean) | undefined,
  most: number,
): Promise<{ readonly best: readonly Rough[]; readonly fitting: number }> {
  const code = codeOf(vector);
  let until = performance.now() + sliceMs;
  const breathe = async (): Promise<void> => {
    if (performance.now() < until) return;
    await new Promise((resolve) => setImmediate(resolve));
    until = performance.now() + sliceMs;
  };
  const found = lists.map((list) => ({ list, far: new Uint16Array(list.size) }));
  const counts = new Uint32Array(vector.length + 1);
  for (const { list, far } of found)
    for (let from = 0; from < far.length; from += atOnce) {
      const to = Math.min(far.length, from + atOnce);
      distances(code, list, from, to, far);
      if (admits !== undefined) for (let at = from; at < to; at++) if (!admits(list, at)) far[at] = tooFar;
      count(far.subarray(from, to), counts);
      await breathe();
    }
  const fitting = counts.reduce((sum, each) => sum + each, 0);
  let furthest = 0;
  for (let sum = counts[0] ?? 0; sum < most && furthest < vector.length; sum += counts[furthest] ?? 0) furthest++;
  const best: Rough[] = [];
  const fitOf = fitsOf(vector);
  for (const { list, far } of found)
    for (let from = 0; from < far.length; from += atOnce) {
      for (const at of nearer(far, from, Math.min(far.length, from + atOnce), furthest))
        best.push({ record: list.records[at] ?? 0, v: list.vs[at] ?? 0, fit: fitOf(list, at) });
      await breathe();
    }
  return { best: best.sort((a, b) => b.fit - a.fit), fitting };
}

// Loops over many numbers stand in functions of their own: within one that waits they are not compiled well.

function count(far: Uint16Array, counts: Uint32Array): void {
  for (let at = 0; at < far.length; at++) {
    const distance = far[at] ?? tooFar;
    if (distance < counts.length) counts[distance] = (counts[distance] ?? 0) + 1;
  }
}

function nearer(far: Uint16Array, from: number, to: number, furthest: number): number[] {
  const found: number[] = [];
  for (let at = from; at < to; at++) if ((far[at] ?? tooFar) <= furthest) found.push(at);
  return found;
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
      const { record, v } = chosen[at] ?? { record: 0, v: 0 };
      const row = db.get("select data from vectors where v = ?", v);
      if (row !== undefined) exact.push({ record, similarity: cosineSimilarity(vector, floatsOf(bytes(row["data"]))) });
    }
  };
  while (at < chosen.length) await read(slice);
  return exact;
}

/** The best of them that fit the filter, as many as are wanted; ties by id. */
function open(context: Context, exact: readonly Exact[], filter: RecordFilter, wanted: number): Near[] {
  const found: Near[] = [];
  for (const { record, similarity } of exact) {
    // Who is as near as the last one may come before it.
    if (found.length >= wanted && similarity < (found.at(-1)?.similarity ?? 0)) break;
    const row = context.db.get(`select ${recordColumns} from records where n = ?`, record);
    if (row === undefined) continue;
    const stored = toStored(context, row);
    if (fitsFilter(stored.record, filter)) found.push({ ...stored, similarity });
  }
  found.sort((a, b) => b.similarity - a.similarity || compareText(a.record.id, b.record.id));
  return found.slice(0, wanted);
}
