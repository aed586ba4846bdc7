import type { Dispatch, KnownGraph, RunWake, Ticket, TicketRequest } from "../contracts/dispatch.ts";
import type { Store, Wake } from "../contracts/store.ts";

interface Due {
  readonly ticket: Ticket;
  readonly at: number;
  /** Something was left for it; its owner may be at work. */
  readonly inbox: boolean;
}

/** The most that is read of one lane in a look: behind so many runs that are others' for the moment it looks no further. */
const deepest = 65_536;
/** The most that is read of one queue in a look; the next look goes on from there. */
const mostReads = 64;
/** Of so many scopes is known when their turn was last. */
const mostScopes = 4096;

/**
 * The default dispatch, on the wakes of a store. Every version of a graph has a queue for each priority, of which it reads only
 * those that can be gone on with, the scopes in turn; so a look costs the same however much waits.
 *
 * @example
 * ```ts
 * import { createBrain, storeDispatch } from "@brainops/core";
 * import { memoryStore } from "@brainops/core/testing";
 * const brain = await createBrain({ store: memoryStore() });
 * const worker = brain.work({ dispatch: storeDispatch(brain.store) }); // as without it
 * await worker.stop();
 * ```
 */
export function storeDispatch(store: Store): Dispatch {
  /** Where the last look at a queue ended, and how many lanes it saw. */
  const places = new Map<string, { after?: string; lanes: number }>();
  /** When the turn of a scope was, in numbers that grow; the longest ago first. */
  const turns = new Map<string, number>();
  let turn = 0;

  /** Runs for which something was left, and that nobody is at work on. */
  async function isFree({ ticket: { run }, inbox }: Due, now: number): Promise<boolean> {
    if (!inbox) return true;
    const wake = await store.wake(`run/${run}`);
    return wake === undefined || wake.at <= now || wake.data?.["holder"] === undefined;
  }

  /** Up to `wanted` runs of a queue, of as many lanes as can be: on from where the last look ended, once round. */
  async function lookInto(queue: string, wanted: number, { except, now }: TicketRequest): Promise<Due[]> {
    const found = new Map<string, Due>();
    const seen = new Set<string>();
    const place = places.get(queue) ?? { lanes: 1 };
    places.set(queue, place);
    let each = Math.ceil(wanted / place.lanes);
    let more = false;
    let wrapped = place.after === undefined;
    for (let reads = 0; reads < mostReads; reads++) {
      const from = place.after === undefined ? {} : { after: place.after };
      const lanes = Map.groupBy(await store.dueIn(queue, now, { lanes: wanted, each, ...from }), laneOf);
      const wakes = [...lanes].filter(([lane]) => !seen.has(lane)).flatMap(([, list]) => list);
      for (const due of inTurn(wakes.flatMap(dueOf), turns)) {
        const { run } = due.ticket;
        if (found.size < wanted && !except.has(run) && !found.has(run) && (await isFree(due, now))) found.set(run, due);
      }
      for (const [lane, { length }] of lanes) {
        more ||= length === each;
        seen.add(lane);
        place.after = lane;
      }
      place.lanes = Math.max(1, seen.size);
      if (found.size === wanted) break;
      const end = lanes.size < wanted;
      if (end) delete place.after;
      // Once round: to the end, from the beginning, and to where it began.
      if (end ? !wrapped : wakes.length > 0) {
        wrapped ||= end;
        continue;
      }
      if (!more || each >= deepest) break;
      // There is more in lanes that were read: so once more, deeper.
      each *= 8;
      [more, wrapped] = [false, place.after === undefined];
      seen.clear();
    }
    return [...found.values()];
  }

  return {
    name: "store",
    async take(request) {
      const heads = (await store.queues()).filter(({ data }) => isKnown(request.graphs, data as RunWake | undefined));
      const levels = [...Map.groupBy(heads, priority)].sort(([a], [b]) => b - a);
      const found = new Map<string, Ticket>();
      for (const [, level] of levels) {
        const wanted = request.limit - found.size;
        if (wanted <= 0) break;
        const due: Due[] = [];
        for (const { queue } of level) due.push(...(await lookInto(queue?.name ?? "", wanted, request)));
        for (const { ticket } of inTurn(due, turns).slice(0, wanted)) {
          found.set(ticket.run, ticket);
          turns.delete(ticket.scope);
          turns.set(ticket.scope, ++turn);
        }
      }
      for (const scope of turns.keys()) if (turns.size > mostScopes) turns.delete(scope);
      return [...found.values()];
    },
    done: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** Whether one of the graphs can go on with a run. */
function isKnown(graphs: readonly KnownGraph[], wake: RunWake | undefined): boolean {
  return graphs.some(
    ({ name, fingerprint = wake?.fingerprint, continues = [] }) =>
      name === wake?.graph && (fingerprint === wake.fingerprint || continues.includes(wake.version)),
  );
}

function dueOf({ key, at, data }: Wake): Due[] {
  const inbox = key.startsWith("inbox/");
  if (data === undefined || !(inbox || key.startsWith("run/"))) return [];
  const { holder: _, deaths: __, ...named } = data as RunWake;
  return [{ ticket: { ...named, run: key.slice(key.indexOf("/") + 1) }, at, inbox }];
}

const laneOf = ({ queue }: Wake): string => queue?.lane ?? "";
const priority = ({ data }: Wake): number => (data as RunWake).priority ?? 0;

/** One of each scope, then a second of each, and so on; the scope whose turn was longest ago first, then what is longest due. */
function inTurn(due: readonly Due[], turns: ReadonlyMap<string, number>): Due[] {
  const rows: Due[][] = [];
  const taken = new Map<string, number>();
  const last = ({ ticket: { scope } }: Due): number => turns.get(scope) ?? 0;
  for (const each of due.toSorted((a, b) => last(a) - last(b) || a.at - b.at)) {
    const { scope } = each.ticket;
    const row = taken.get(scope) ?? 0;
    taken.set(scope, row + 1);
    (rows[row] ??= []).push(each);
  }
  return rows.flat();
}
