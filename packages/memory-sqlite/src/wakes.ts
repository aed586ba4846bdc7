import type { JsonObject, Wake, WakeQueue, Write } from "@brainops/core";
import { compareText, openText, sealText, type Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import { wakePlace } from "./places.ts";

/** Remembers, or with `null` forgets, to look at a key at a time. Within a transaction. */
export function putWake(context: Context, { key, at, data, queue }: Extract<Write, { type: "wake" }>): void {
  const { db, sealer } = context;
  const name = sealer.name("wake", key);
  if (at === null) {
    db.run("delete from wakes where name = ?", name);
    return;
  }
  const body = sealText(context, wakePlace(name), JSON.stringify([key, data ?? null, queue ?? null]));
  const place = queue === undefined ? [null, null] : [queueName(context, queue.name), laneName(context, queue.lane)];
  const values = [name, at, ...place, body];
  db.run("insert or replace into wakes (name, at, queue, lane, body) values (?, ?, ?, ?, ?)", ...values);
}

const queueName = ({ sealer }: Context, name: string): Buffer => sealer.name("queue", name);
const laneName = ({ sealer }: Context, name: string): Buffer => sealer.name("lane", name);

/** Wakes that are due, earliest first, ties by key. */
export function dueWakes(context: Context, at: number, limit: number): Wake[] {
  const { db } = context;
  // Ties are broken by keys, which are sealed, so all that are due with the last one are opened.
  const last = Number.isFinite(limit)
    ? db.get("select at from wakes where at <= ? order by at limit 1 offset ?", at, Math.max(0, limit - 1))
    : undefined;
  return db
    .all("select name, at, body from wakes where at <= ? order by at", last === undefined ? at : int(last["at"]))
    .map((row) => openWake(context, row))
    .sort((a, b) => a.at - b.at || compareText(a.key, b.key))
    .slice(0, limit);
}

/** One wake of each queue. From queue to queue, so that it costs as many steps as there are queues. */
export function oneOfEachQueue(context: Context): Wake[] {
  const found: Wake[] = [];
  const next = "select queue, name, at, body from wakes where queue > ? order by queue limit 1";
  for (let last: Uint8Array = Buffer.alloc(0); ;) {
    const row = context.db.get(next, last);
    if (row === undefined) return found;
    found.push(openWake(context, row));
    last = bytes(row["queue"]);
  }
}

/** What is due in a queue, lane after lane. From lane to lane, so that it costs what is read. */
export function dueInQueue(
  context: Context,
  queue: string,
  at: number,
  { lanes, each, after }: { readonly lanes: number; readonly each: number; readonly after?: string },
): Wake[] {
  const { db } = context;
  const name = queueName(context, queue);
  const found: Wake[] = [];
  let last: Uint8Array = after === undefined ? Buffer.alloc(0) : laneName(context, after);
  for (let left = lanes; left > 0;) {
    const row = db.get("select lane from wakes where queue = ? and lane > ? order by lane limit 1", name, last);
    if (row === undefined) break;
    last = bytes(row["lane"]);
    const due = "select name, at, body from wakes where queue = ? and lane = ? and at <= ? order by at limit ?";
    const rows = db.all(due, name, last, at, each);
    if (rows.length > 0) left--;
    for (const one of rows) found.push(openWake(context, one));
  }
  return found;
}

/** The wake of a key, if there is one. */
export function readWake(context: Context, key: string): Wake | undefined {
  const row = context.db.get("select name, at, body from wakes where name = ?", context.sealer.name("wake", key));
  return row && openWake(context, row);
}

function openWake(context: Context, row: Row): Wake {
  const text = openText(context, wakePlace(bytes(row["name"])), bytes(row["body"]));
  const [key, data, queue] = JSON.parse(text) as [string, JsonObject | null, WakeQueue | null];
  return { key, at: int(row["at"]), ...(data === null ? {} : { data }), ...(queue === null ? {} : { queue }) };
}
