import { findBest, type Best, type Held, type TermPostings, type Ties } from "@brainops/core/postings";
import { compareText, type Context } from "./context.ts";
import { int, type Row, type Value, textOf } from "./handle.ts";

/** A record that holds asked terms, with its row. */
export interface Match {
  readonly record: number;
  readonly held: Held;
  readonly row: Row | undefined;
}

/** Reads rows of `records`, by number. */
export type RowReader = (records: readonly number[]) => ReadonlyMap<number, Row>;

/** Gives matches in the order of the contract: by score; ties by id. `few` says how many more will be taken, most likely. */
export function* bestMatches(
  context: Context,
  ties: readonly Ties[],
  few: () => number,
  rowsOf: RowReader,
): Generator<Match> {
  let waiting: Ties[] = [];
  const give = function* (): Generator<Match> {
    const rows = rowsOf(waiting.flatMap(({ records }) => records));
    for (const tie of waiting) {
      const matches = matchesOf(tie).map((match) => ({ ...match, row: rows.get(match.record) }));
      yield* matches.sort((a, b) => compareText(textOf(a.row?.["id"]), textOf(b.row?.["id"])));
    }
    waiting = [];
  };
  let held = 0;
  for (const tie of ties) {
    if (tie.records.length > few()) {
      yield* give();
      yield* withRows(inOrder(context, matchesOf(tie)), few, rowsOf);
      held = 0;
    } else {
      waiting.push(tie);
      held += tie.records.length;
      if (held < few()) continue;
      yield* give();
      held = 0;
    }
  }
  yield* give();
}

type Unread = Omit<Match, "row">;
type Identified = Unread & { readonly id: string };

function matchesOf({ records, helds }: Ties): Unread[] {
  return records.map((record, i) => ({ record, held: helds[i] ?? new Uint32Array(1) }));
}

/** Reads the rows of matches, so many at a time, and gives them in the order of the matches. */
function* withRows(found: Iterable<Unread>, few: () => number, rowsOf: RowReader): Generator<Match> {
  let some: Unread[] = [];
  const give = function* (): Generator<Match> {
    const rows = rowsOf(some.map(({ record }) => record));
    for (const match of some) yield { ...match, row: rows.get(match.record) };
    some = [];
  };
  for (const match of found) if (some.push(match) >= few()) yield* give();
  yield* give();
}

/** Finds the best matches, with what the store knows of ids. */
export function findBestIn(context: Context, postings: readonly TermPostings[], enough: number): Best {
  const leastIdFrom = (record: number): string => leastFrom(context)[Math.floor(record / idRange)] ?? "\uffff";
  const search = findBest(postings, enough, { leastIdFrom });
  let step = search.next();
  while (step.done !== true)
    step = search.next([...idsOf(context, step.value).values()].reduce((a, b) => (a > b ? a : b), ""));
  return step.value;
}

function idsOf({ db }: Context, records: readonly number[]): Map<number, string> {
  const rows = db.all(
    "select n, id from records not indexed where n in (select value from json_each(?))",
    JSON.stringify(records),
  );
  return new Map(rows.map((row) => [int(row["n"]), textOf(row["id"])]));
}

/** So many records share one lower bound of their ids. */
const idRange = 256;
/** So many matches are read at once, at least. */
const readTogether = 64;

/**
 * Matches in the order of their records' ids. Ids mostly grow with time, as numbers do, so of many records only the ids of
 * those are read whose range may hold the next ones.
 */
function* inOrder(context: Context, matches: readonly Unread[]): Generator<Identified> {
  const byRange = Map.groupBy(matches, ({ record }) => Math.floor(record / idRange));
  const lows = idLows(context);
  const ranges = [...byRange]
    .map(([range, some]) => ({ low: lows.get(range) ?? "", some }))
    .sort((a, b) => compareText(a.low, b.low));
  let waiting: Identified[] = [];
  for (let next = 0; next < ranges.length;) {
    const some: Unread[] = [];
    while (next < ranges.length && some.length < readTogether) some.push(...(ranges[next++]?.some ?? []));
    const ids = idsOf(
      context,
      some.map(({ record }) => record),
    );
    waiting.push(...some.map((match) => ({ ...match, id: ids.get(match.record) ?? "" })));
    waiting.sort((a, b) => compareText(a.id, b.id));
    const low = ranges[next]?.low;
    const given = waiting.findIndex(({ id }) => low !== undefined && id >= low);
    yield* given < 0 ? waiting : waiting.slice(0, given);
    waiting = given < 0 ? [] : waiting.slice(given);
  }
}

/** The lower bounds of all ranges, remembered. */
function idLows(context: Context): Map<number, string> {
  context.idLows ??= new Map(
    context.db.all("select range, low from id_ranges").map((row) => [int(row["range"]), textOf(row["low"])]),
  );
  return context.idLows;
}

/** For each range the lower bound of its ids and of those in all after it. */
function leastFrom(context: Context): readonly string[] {
  if (context.leastIds === undefined) {
    const lows = idLows(context);
    let least = "\uffff";
    const from: string[] = [];
    for (let range = [...lows.keys()].reduce((a, b) => Math.max(a, b), 0); range >= 0; range--) {
      const low = lows.get(range) ?? least;
      from[range] = least = low < least ? low : least;
    }
    context.leastIds = from;
  }
  return context.leastIds;
}

/** Keeps the lower bound of the ids of a record's range. Within a transaction. */
export function noteId(context: Context, record: number, id: string): void {
  const range = Math.floor(record / idRange);
  const head = headOf(id);
  const known = context.idNoted.get(range);
  if (known !== undefined && known <= head) return;
  context.db.run(
    "insert into id_ranges (range, low) values (?, ?) on conflict do update set low = min(low, excluded.low)",
    range,
    head,
  );
  if (context.idNoted.size >= 1000) context.idNoted.clear();
  context.idNoted.set(range, head);
  noteLow(context, range, head);
}

/** Keeps what is remembered of the bounds right. */
function noteLow(context: Context, range: number, head: string): void {
  const known = context.idLows?.get(range);
  if (known === undefined || head < known) context.idLows?.set(range, head);
  context.leastIds = undefined;
}

/** Lets nothing of an erased id be left in the bounds. Within a transaction, after the record is gone. */
export function forgetId(context: Context, record: number, id: string): void {
  const range = Math.floor(record / idRange);
  const span: Value[] = [range * idRange, (range + 1) * idRange - 1];
  context.db.run(
    `update id_ranges set low = ifnull((select min(substr(id, 1, ${headLength})) from records where n between ? and ?), '')
     where range = ? and low = ?`,
    ...span,
    range,
    headOf(id),
  );
  context.idNoted.delete(range);
  context.idLows = undefined;
  context.leastIds = undefined;
}

/** Enough for the time in a UUIDv7. */
const headLength = 13;

function headOf(id: string): string {
  return id.slice(0, headLength);
}
