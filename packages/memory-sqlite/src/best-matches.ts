import { compareText, type Context } from "./context.ts";
import { int, type Value, textOf } from "./handle.ts";
import type { Match, Order, Ties } from "./matches.ts";

/** Gives matches in the order of the contract: by score; ties by id. `few` says how many will be taken, most likely. */
export function* bestMatches(context: Context, ties: readonly Ties[], few: number): Generator<Match> {
  for (const { matches } of ties) yield* inOrder(context, matches, few);
}

/** What {@link findBest} asks about ids. */
export function orderOf(context: Context): Order {
  return {
    greatestId: (records) => records.map((record) => idOf(context, record)).reduce((a, b) => (a > b ? a : b), ""),
    leastIdFrom: (record) => leastFrom(context)[Math.floor(record / idRange)] ?? "\uffff",
  };
}

function idOf({ db }: Context, record: number): string {
  return textOf(db.get("select id from records where n = ?", record)?.["id"]);
}

/** So many records share one lower bound of their ids. */
const idRange = 256;

/**
 * Matches in the order of their records' ids. Ids mostly grow with time, as numbers do, so of many records only the ids of
 * those are read whose range may hold the next ones.
 */
function* inOrder(context: Context, matches: readonly Match[], few: number): Generator<Match> {
  if (matches.length <= Math.max(64, few)) {
    yield* sorted(context, matches);
    return;
  }
  const byRange = Map.groupBy(matches, ({ record }) => Math.floor(record / idRange));
  const lows = idLows(context);
  const ranges = [...byRange]
    .map(([range, some]) => ({ low: lows.get(range) ?? "", some }))
    .sort((a, b) => compareText(a.low, b.low));
  let waiting: Identified[] = [];
  for (const [i, { some }] of ranges.entries()) {
    waiting = [...waiting, ...sorted(context, some)].sort((a, b) => compareText(a.id, b.id));
    const next = ranges[i + 1]?.low;
    let given = 0;
    for (; given < waiting.length; given++) {
      const match = waiting[given];
      if (match === undefined || (next !== undefined && match.id >= next)) break;
      yield match;
    }
    waiting = waiting.slice(given);
  }
}

type Identified = Match & { readonly id: string };

function sorted(context: Context, matches: readonly Match[]): Identified[] {
  return matches
    .map((match) => ({ ...match, id: idOf(context, match.record) }))
    .sort((a, b) => compareText(a.id, b.id));
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
