import type { Dispatch, RunWake, Ticket, TicketRequest } from "../contracts/dispatch.ts";
import type { Store, Wake } from "../contracts/store.ts";

interface Due {
  readonly ticket: Ticket;
  readonly at: number;
  /** Something was left for it; its owner may be at work. */
  readonly inbox: boolean;
}

const smallestPage = 256;
const largestPage = 65_536;

/**
 * The default dispatch, on the wakes of a store: what is due, one run of each scope in turn, higher priorities first and
 * then the longest due. It is meant for one machine, where several processes share a file.
 */
export function storeDispatch(store: Store): Dispatch {
  /** Runs for which something was left, and that nobody is at work on. */
  async function isFree({ ticket: { run }, inbox }: Due, now: number): Promise<boolean> {
    if (!inbox) return true;
    const wake = await store.wake(`run/${run}`);
    return wake === undefined || wake.at <= now || wake.data?.["holder"] === undefined;
  }

  async function free(due: readonly Due[], { limit, now }: TicketRequest): Promise<Ticket[]> {
    const found: Ticket[] = [];
    for (const each of inTurn(due)) {
      if (found.length === limit) break;
      if (await isFree(each, now)) found.push(each.ticket);
    }
    return found;
  }

  return {
    name: "store",
    async take(request) {
      for (let page = smallestPage; ; page *= 4) {
        const wakes = await store.due(request.now, page);
        const found = await free(known(wakes, request), request);
        if (found.length === request.limit || wakes.length < page || page >= largestPage) return found;
      }
    },
    done: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** The due runs that the worker can take, each once. */
function known(wakes: readonly Wake[], { graphs, except }: TicketRequest): Due[] {
  const found = new Map<string, Due>();
  for (const { key, at, data } of wakes) {
    const inbox = key.startsWith("inbox/");
    if (data === undefined || !(inbox || key.startsWith("run/"))) continue;
    const { graph, scope, priority, key: group } = data as RunWake;
    const run = key.slice(key.indexOf("/") + 1);
    if (!graphs.includes(graph) || except.has(run) || (found.has(run) && inbox)) continue;
    const more = { ...(priority === undefined ? {} : { priority }), ...(group === undefined ? {} : { key: group }) };
    found.set(run, { ticket: { run, graph, scope, ...more }, at, inbox });
  }
  return [...found.values()];
}

const priority = ({ ticket }: Due): number => ticket.priority ?? 0;

/** One of each scope, then a second of each, and so on. */
function inTurn(due: readonly Due[]): Due[] {
  const rows: Due[][] = [];
  const taken = new Map<string, number>();
  for (const each of due.toSorted((a, b) => priority(b) - priority(a) || a.at - b.at)) {
    const { scope } = each.ticket;
    const turn = taken.get(scope) ?? 0;
    taken.set(scope, turn + 1);
    (rows[turn] ??= []).push(each);
  }
  return rows.flat();
}
