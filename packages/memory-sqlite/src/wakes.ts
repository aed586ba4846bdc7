import { isBrainOpsError, type JsonObject, type Wake, type WakeQueue } from "@brainops/core";
import { addRow } from "./add-row.ts";
import { compareText, indexedUpTo, openText, sealText, type Context } from "./context.ts";
import { openFrame } from "./frames.ts";
import { bytes, int, type Row } from "./handle.ts";
import { framePlace, wakePlace } from "./places.ts";
import { dropEntered, type PendingWake, type WakeChange } from "./wake-changes.ts";

/**
 * Wakes. What a commit says of wakes lies in the journal's row of its append, or in a row of its own, and is entered into the
 * table `wakes` when the journal is indexed, the last word of each key alone. So the table is as it was when the journal was
 * indexed, and what is asked for is looked up in the rows since then first; see docs/decisions/0013.
 *
 * @module
 */

/** Takes in what a row says that was just added, or read. */
export function noteWakes(context: Context, seq: number, changes: readonly WakeChange[]): void {
  for (const [key, at, data, queue] of changes)
    // As text, so that nobody changes what is remembered.
    context.wakes.set(key, { seq, at, queue: at === null ? undefined : queue?.name, rest: rest(data, queue) });
}

const rest = (data: JsonObject | null | undefined, queue: WakeQueue | undefined): string =>
  JSON.stringify([data ?? null, queue ?? null]);

/** Adds a row for what a commit without an append says of wakes. */
export function addWakes(context: Context, changes: readonly WakeChange[]): void {
  const seq = context.last + 1;
  addRow(context, 0, seq, 0, sealText(context, framePlace(0, seq, 0), JSON.stringify(changes)));
  noteWakes(context, seq, changes);
}

/** Looks into the rows that others have added since the journal was indexed. Within a transaction. */
function lookBehind(context: Context): void {
  if (context.wakesLooked >= context.last) return;
  const { db } = context;
  // Somebody may have indexed rows, and dropped them, without having added one.
  context.indexed = indexedUpTo(context);
  dropEntered(context.wakes, context.indexed);
  const from = Math.max(context.indexed, context.wakesLooked);
  const rows = db.all(
    "select seq, stream, position, count, body from journal where seq > ? and body is not null order by seq",
    from,
  );
  for (const row of rows) noteWakes(context, int(row["seq"]), wakesIn(context, row));
  context.wakesLooked = context.last;
}

function wakesIn(context: Context, row: Row): readonly WakeChange[] {
  const stream = int(row["stream"]);
  try {
    if (stream > 0) return openFrame(context, stream, row).wakes ?? [];
    return JSON.parse(openText(context, framePlace(0, int(row["position"]), 0), bytes(row["body"]))) as WakeChange[];
  } catch (error) {
    // A damaged row stops whoever reads its stream, and nobody else.
    if (isBrainOpsError(error, "store_corrupt")) return [];
    throw error;
  }
}

/** Enters into the table what was said since the journal was indexed. Within a transaction. */
export function enterWakes(context: Context): void {
  lookBehind(context);
  const { db, sealer } = context;
  for (const [key, wake] of context.wakes) {
    const name = sealer.name("wake", key);
    if (wake.at === null) {
      db.run("delete from wakes where name = ?", name);
      continue;
    }
    const body = sealText(context, wakePlace(name), `[${JSON.stringify(key)},${wake.rest.slice(1)}`);
    const { queue } = parsed(key, wake.at, wake);
    const place = queue === undefined ? [null, null] : [queueName(context, queue.name), laneName(context, queue.lane)];
    const values = [name, wake.at, ...place, body];
    db.run("insert or replace into wakes (name, at, queue, lane, body) values (?, ?, ?, ?, ?)", ...values);
  }
  context.wakes = new Map();
}

const queueName = ({ sealer }: Context, name: string): Buffer => sealer.name("queue", name);
const laneName = ({ sealer }: Context, name: string): Buffer => sealer.name("lane", name);

/** Wakes that are due, earliest first, ties by key. */
export function dueWakes(context: Context, at: number, limit: number): Wake[] {
  lookBehind(context);
  const { db, wakes } = context;
  // Ties are broken by keys, which are sealed, so all that are due with the last one are opened; some may be so no more.
  const last = Number.isFinite(limit)
    ? db.get("select at from wakes where at <= ? order by at limit 1 offset ?", at, Math.max(0, limit - 1) + wakes.size)
    : undefined;
  const rows = db.all(
    "select name, at, body from wakes where at <= ? order by at",
    last === undefined ? at : int(last["at"]),
  );
  return [...stillSo(context, rows), ...saidSince(context, (wake) => wake.at <= at)]
    .sort((a, b) => a.at - b.at || compareText(a.key, b.key))
    .slice(0, limit);
}

/** One wake of each queue. From queue to queue, so that it costs as many steps as there are queues. */
export function oneOfEachQueue(context: Context): Wake[] {
  lookBehind(context);
  const { db, wakes } = context;
  const found = new Map<string, Wake>();
  for (let last: Uint8Array = Buffer.alloc(0); ;) {
    const next = db.get("select queue from wakes where queue > ? order by queue limit 1", last);
    if (next === undefined) break;
    last = bytes(next["queue"]);
    const rows = db.all("select name, at, body from wakes where queue = ? limit ?", last, 1 + wakes.size);
    const [one] = stillSo(context, rows);
    if (one?.queue !== undefined) found.set(one.queue.name, one);
  }
  for (const wake of saidSince(context, ({ queue }) => queue !== undefined && !found.has(queue)))
    if (wake.queue !== undefined) found.set(wake.queue.name, wake);
  return [...found.values()];
}

/** What is due in a queue, lane after lane. From lane to lane, so that it costs what is read. */
export function dueInQueue(
  context: Context,
  queue: string,
  at: number,
  { lanes, each, after }: { readonly lanes: number; readonly each: number; readonly after?: string },
): Wake[] {
  lookBehind(context);
  const { db, wakes } = context;
  const name = queueName(context, queue);
  const since = lanesOf(
    context,
    saidSince(context, (wake) => wake.queue === queue),
  );
  const found: Wake[] = [];
  let last: Buffer = after === undefined ? Buffer.alloc(0) : laneName(context, after);
  for (let left = lanes; left > 0;) {
    const row = db.get("select lane from wakes where queue = ? and lane > ? order by lane limit 1", name, last);
    const entered = row && Buffer.from(bytes(row["lane"]));
    const [said] = since.filter(({ lane }) => lane.compare(last) > 0);
    if (entered === undefined && said === undefined) break;
    // The next lane, whether it is in the table, was named since, or both.
    const lane = entered === undefined || (said !== undefined && said.lane.compare(entered) < 0) ? said?.lane : entered;
    last = lane as Buffer;
    const due = "select name, at, body from wakes where queue = ? and lane = ? and at <= ? order by at limit ?";
    const inLane = [
      ...stillSo(context, db.all(due, name, last, at, each === 0 ? 0 : each + wakes.size)),
      ...(since.find((one) => one.lane.equals(last))?.wakes ?? []).filter((wake) => wake.at <= at),
    ];
    const first = inLane.sort((a, b) => a.at - b.at).slice(0, each);
    if (first.length > 0) left--;
    found.push(...first);
  }
  return found;
}

/** Wakes by their lanes, in the order of the table. */
function lanesOf(context: Context, wakes: readonly Wake[]): { readonly lane: Buffer; readonly wakes: Wake[] }[] {
  const lanes = new Map<string, Wake[]>();
  for (const wake of wakes) {
    const lane = wake.queue?.lane ?? "";
    const there = lanes.get(lane);
    if (there === undefined) lanes.set(lane, [wake]);
    else there.push(wake);
  }
  return [...lanes]
    .map(([lane, held]) => ({ lane: laneName(context, lane), wakes: held }))
    .sort((a, b) => a.lane.compare(b.lane));
}

/** Of rows of the table, the wakes of which nothing was said since. */
function stillSo(context: Context, rows: readonly Row[]): Wake[] {
  return rows.map((row) => openWake(context, row)).filter(({ key }) => !context.wakes.has(key));
}

/** What is not in the table yet, as far as it is asked for. */
function saidSince(context: Context, wanted: (wake: PendingWake & { readonly at: number }) => boolean): Wake[] {
  const found: Wake[] = [];
  for (const [key, wake] of context.wakes)
    if (wake.at !== null && wanted({ ...wake, at: wake.at })) found.push(parsed(key, wake.at, wake));
  return found;
}

/** The wake of a key, if there is one. */
export function readWake(context: Context, key: string): Wake | undefined {
  lookBehind(context);
  const since = context.wakes.get(key);
  if (since !== undefined) return since.at === null ? undefined : parsed(key, since.at, since);
  const row = context.db.get("select name, at, body from wakes where name = ?", context.sealer.name("wake", key));
  return row && openWake(context, row);
}

type Rest = [data: JsonObject | null, queue: WakeQueue | null];

function openWake(context: Context, row: Row): Wake {
  const text = openText(context, wakePlace(bytes(row["name"])), bytes(row["body"]));
  const [key, ...kept] = JSON.parse(text) as [string, ...Rest];
  return toWake(key, int(row["at"]), kept);
}

const parsed = (key: string, at: number, { rest: text }: PendingWake): Wake =>
  toWake(key, at, JSON.parse(text) as Rest);

function toWake(key: string, at: number, [data, queue]: Rest): Wake {
  return { key, at, ...(data === null ? {} : { data }), ...(queue === null ? {} : { queue }) };
}
