import type { JsonObject, Wake, WakeQueue } from "@brainops/core";
import { compareText, loadKeys, nameOf, openText, type Context } from "./context.ts";
import { bodiesOf, bytes, digest, int, type Row } from "./handle.ts";
import { wakePlace } from "./places.ts";
import { together } from "./together.ts";

/** Less than the name of any lane. */
const beforeAll = "00000000-0000-0000-0000-000000000000";

/** Wakes that are due, earliest first, ties by key. */
export async function dueWakes(context: Context, at: number, limit: number): Promise<Wake[]> {
  const { db, s } = context;
  const most = Number.isFinite(limit) ? limit : null;
  // Ties are broken by keys, which are sealed, so all that are due with the last one are opened.
  const rows = await db.query(
    `select name, at, body from ${s}.wakes where at + 0 <= $1 order by at + 0 fetch first coalesce($2::bigint, 9e15::bigint) rows with ties`,
    [at, most],
  );
  return (await openAll(context, rows)).sort((a, b) => a.at - b.at || compareText(a.key, b.key)).slice(0, limit);
}

/** One wake of each queue. From queue to queue, so that it costs as many steps as there are queues. */
export async function oneOfEachQueue(context: Context): Promise<Wake[]> {
  const { db, s } = context;
  const rows = await db.query(
    `with recursive names (queue) as (
       (select queue from ${s}.wakes where queue is not null order by queue limit 1)
       union all
       select (select w.queue from ${s}.wakes w where w.queue > names.queue order by w.queue limit 1)
       from names where names.queue is not null)
     select w.name, w.at, w.body from names,
       lateral (select name, at, body from ${s}.wakes where queue = names.queue order by lane, at limit 1) w`,
  );
  return openAll(context, rows);
}

/** What is due in a queue, lane after lane. From lane to lane, so that it costs what is read. */
export async function dueInQueue(
  context: Context,
  queue: string,
  at: number,
  { lanes, each, after }: { readonly lanes: number; readonly each: number; readonly after?: string },
): Promise<Wake[]> {
  const { db, s } = context;
  const rows = await db.query(
    `with recursive names (lane) as (
       (select lane from ${s}.wakes where queue = $1 and lane > $2 order by lane limit 1)
       union all
       select (select w.lane from ${s}.wakes w where w.queue = $1 and w.lane > names.lane order by w.lane limit 1)
       from names where names.lane is not null),
     due (lane) as (
       select names.lane from names,
         lateral (select from ${s}.wakes w where w.queue = $1 and w.lane = names.lane and w.at <= $3 order by w.at limit 1) found
       limit $4)
     select w.name, w.at, w.body from due,
       lateral (select lane, name, at, body from ${s}.wakes
         where queue = $1 and lane = due.lane and at <= $3 order by at limit $5) w
     order by w.lane, w.at`,
    [
      nameOf(context, "queue", queue),
      after === undefined ? beforeAll : nameOf(context, "lane", after),
      at,
      lanes,
      each,
    ],
  );
  return openAll(context, rows);
}

/** So many wakes are read together. */
const wakesTogether = 200;

/** Makes what reads wakes by key. */
export function makeWakeReader(context: Context): (key: string) => Promise<Wake | undefined> {
  const { db, s } = context;
  const rowOf = together(wakesTogether, async (names: readonly string[]) => {
    const rows = await db.query(`select name, at, body from ${s}.wakes where name = any ($1::uuid[])`, [names]);
    await loadKeys(context, bodiesOf(rows));
    const found = new Map(rows.map((row) => [digest(row["name"]), row]));
    return names.map((name) => found.get(name));
  });
  return async (key) => {
    const row = await rowOf(nameOf(context, "wake", key));
    return row && openWake(context, row);
  };
}

async function openAll(context: Context, rows: readonly Row[]): Promise<Wake[]> {
  await loadKeys(context, bodiesOf(rows));
  return rows.map((row) => openWake(context, row));
}

function openWake(context: Context, row: Row): Wake {
  const text = openText(context, wakePlace(digest(row["name"])), bytes(row["body"]));
  const [key, data, queue] = JSON.parse(text) as [string, JsonObject | null, WakeQueue | null];
  return { key, at: int(row["at"]), ...(data === null ? {} : { data }), ...(queue === null ? {} : { queue }) };
}
