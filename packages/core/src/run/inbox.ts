import type { Clock } from "../contracts/clock.ts";
import type { Entry, WaitFor } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Question } from "../contracts/node.ts";

/** What others leave for a run: the answer to a wait by its id, or a signal by its name. */
export type InboxItem =
  | {
      /** Somebody answered. */
      readonly type: "answer";
      /** Id of the wait that it answers. */
      readonly wait: string;
      /** What was answered. */
      readonly value: Json;
      /** Who answered, where that was said. */
      readonly by?: string;
      /** When it was given: milliseconds since 1970. */
      readonly given?: number;
    }
  | {
      /** Somebody sent a signal. */
      readonly type: "signal";
      /** Name of the signal. */
      readonly name: string;
      /** What came with it; `null` when nothing did. */
      readonly value: Json;
      /** Who sent it, where that was said. */
      readonly by?: string;
    };

/** A wait that is not over. */
export interface OpenWait extends Partial<Question> {
  /** Names the wait within its run: what `brain.answer` takes. */
  readonly id: string;
  /** What is waited for: an answer, a signal or a time. */
  readonly for: WaitFor;
  /** Branch of the run that waits: empty on the trunk. */
  readonly path: string;
  /** Name of the node that waits. */
  readonly node: string;
  /** The signal's name. */
  readonly signal?: string;
  /** When it is over at the latest. */
  readonly until?: number;
}

/** What ended a wait. */
export interface Arrival {
  readonly expired: boolean;
  readonly value: Json;
  readonly by?: string;
  readonly inbox?: number;
  readonly given?: number;
}

/** Brings the items of a run's inbox, and the passing of time, to the waits of an execution. */
export interface Inbox {
  /** Calls back once, at once when what is waited for is there already. Says whether it was. */
  wait(wait: OpenWait, deliver: (arrival: Arrival) => void): boolean;
  /** Nobody waits any more: what comes is for others. */
  leave(id: string): void;
  /** Takes in an item; one that was taken in before is passed over. */
  take(item: InboxItem, index: number): void;
  open(): readonly OpenWait[];
  /** What was used up: all items before a place of the inbox, and these from there on. */
  taken(): Taken;
  /** The place of the next item that it does not have yet. */
  seen(): number;
  /** When time alone will end one of the waits: milliseconds since 1970, `Infinity` when it will not. */
  nextTime(): number;
  /** Calls off all times. */
  close(): void;
}

/** Items of an inbox that were used up: all before a place, and some from there on. */
export interface Taken {
  readonly before: number;
  readonly used: readonly number[];
}

interface Waiting {
  readonly wait: OpenWait;
  readonly deliver: (arrival: Arrival) => void;
  /** Calls off the time that was set for it. */
  readonly timer: AbortController;
}

/** Makes the inbox of an execution. `taken`: what was used up before. */
export function createInbox(clock: Clock, taken: Taken): Inbox {
  const waits = new Map<string, Waiting>();
  const answers = new Map<string, Arrival>();
  const signals = new Map<number, { readonly name: string; readonly arrival: Arrival }>();
  const spent = new Set(taken.used);
  let { before } = taken;
  compact();
  let next = before;

  function find(wait: OpenWait): Arrival | undefined {
    if (wait.for === "answer") return use(answers, wait.id, answers.get(wait.id));
    for (const [index, { name, arrival }] of signals)
      if (wait.for === "signal" && name === wait.signal) return use(signals, index, arrival);
    return undefined;
  }

  function use<Key>(from: Map<Key, unknown>, key: Key, arrival: Arrival | undefined): Arrival | undefined {
    if (arrival?.inbox === undefined) return arrival;
    from.delete(key);
    over(arrival.inbox);
    return arrival;
  }

  function over(index: number): void {
    spent.add(index);
    compact();
  }

  /** So that what is kept of it does not grow with what was ever left. */
  function compact(): void {
    while (spent.delete(before)) before++;
  }

  function settle(id: string, arrival: Arrival | undefined): void {
    const open = waits.get(id);
    if (open === undefined || arrival === undefined) return;
    waits.delete(id);
    open.timer.abort();
    open.deliver(arrival);
  }

  return {
    wait(wait, deliver) {
      const arrival = find(wait);
      if (arrival !== undefined) {
        deliver(arrival);
        return true;
      }
      const timer = new AbortController();
      waits.set(wait.id, { wait, deliver, timer });
      if (wait.until !== undefined) {
        const expire = (): void => settle(wait.id, { expired: true, value: null });
        clock.sleep(Math.max(0, wait.until - clock.now()), timer.signal).then(expire, () => {});
      }
      return false;
    },
    leave(id) {
      waits.get(id)?.timer.abort();
      waits.delete(id);
    },
    take(item, index) {
      if (index < next) return;
      // What was passed over is erased, or was another run's.
      for (; next < index; next++) over(next);
      next = index + 1;
      const by = item.by === undefined ? {} : { by: item.by };
      const given = item.type === "answer" && item.given !== undefined ? { given: item.given } : {};
      const arrival = { expired: false, value: item.value, inbox: index, ...by, ...given };
      if (spent.has(index)) return;
      if (item.type === "answer") answers.set(item.wait, arrival);
      else signals.set(index, { name: item.name, arrival });
      const isFor = ({ wait }: Waiting): boolean =>
        item.type === "answer" ? wait.id === item.wait : wait.for === "signal" && wait.signal === item.name;
      const waiting = [...waits.values()].find(isFor);
      if (waiting !== undefined) settle(waiting.wait.id, find(waiting.wait));
    },
    open: () => [...waits.values()].map(({ wait }) => wait),
    taken: () => ({ before, used: [...spent] }),
    seen: () => next,
    nextTime: () => Math.min(...[...waits.values()].map(({ wait }) => wait.until ?? Infinity)),
    close() {
      for (const { timer } of waits.values()) timer.abort();
    },
  };
}

/** The items of the inbox that a journal says were used up, in order of their places. */
export function usedItems(entries: readonly Entry[]): readonly number[] {
  return entries
    .flatMap((entry) => (entry.type === "woken" && entry.inbox !== undefined ? [entry.inbox] : []))
    .sort((a, b) => a - b);
}
