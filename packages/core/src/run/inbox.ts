import type { Clock } from "../contracts/clock.ts";
import type { Entry, WaitFor } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Question } from "../contracts/node.ts";

/** What others leave for a run: the answer to a wait by its id, or a signal by its name. */
export type InboxItem =
  | {
      readonly type: "answer";
      readonly wait: string;
      readonly value: Json;
      readonly by?: string;
      /** When it was given: milliseconds since 1970. */
      readonly given?: number;
    }
  | { readonly type: "signal"; readonly name: string; readonly value: Json; readonly by?: string };

/** A wait that is not over. */
export interface OpenWait extends Partial<Question> {
  readonly id: string;
  readonly for: WaitFor;
  readonly path: string;
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
  /** Takes in an item; one that was taken in before is passed over. */
  take(item: InboxItem, index: number): void;
  open(): readonly OpenWait[];
  /** Signals that were used up, by their place in the inbox. */
  used(): readonly number[];
  /** When time alone will end one of the waits: milliseconds since 1970, `Infinity` when it will not. */
  nextTime(): number;
  /** Calls off all times. */
  close(): void;
}

interface Waiting {
  readonly wait: OpenWait;
  readonly deliver: (arrival: Arrival) => void;
  /** Calls off the time that was set for it. */
  readonly timer: AbortController;
}

/** Makes the inbox of an execution. `used`: signals that were used up before. */
export function createInbox(clock: Clock, used: Iterable<number>): Inbox {
  const waits = new Map<string, Waiting>();
  const answers = new Map<string, Arrival>();
  const signals = new Map<number, { readonly name: string; readonly arrival: Arrival }>();
  const spent = new Set(used);
  let next = 0;

  function find(wait: OpenWait): Arrival | undefined {
    if (wait.for === "answer") return answers.get(wait.id);
    for (const [index, { name, arrival }] of signals) {
      if (wait.for !== "signal" || name !== wait.signal) continue;
      signals.delete(index);
      spent.add(index);
      return arrival;
    }
    return undefined;
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
        const over = (): void => settle(wait.id, { expired: true, value: null });
        clock.sleep(Math.max(0, wait.until - clock.now()), timer.signal).then(over, () => {});
      }
      return false;
    },
    take(item, index) {
      if (index < next) return;
      next = index + 1;
      const by = item.by === undefined ? {} : { by: item.by };
      const given = item.type === "answer" && item.given !== undefined ? { given: item.given } : {};
      const arrival = { expired: false, value: item.value, inbox: index, ...by, ...given };
      if (item.type === "answer") {
        answers.set(item.wait, arrival);
        settle(item.wait, arrival);
      } else if (!spent.has(index)) {
        signals.set(index, { name: item.name, arrival });
        const waiting = [...waits.values()].find(({ wait }) => wait.for === "signal" && wait.signal === item.name);
        if (waiting !== undefined) settle(waiting.wait.id, find(waiting.wait));
      }
    },
    open: () => [...waits.values()].map(({ wait }) => wait),
    used: () => [...spent],
    nextTime: () => Math.min(...[...waits.values()].map(({ wait }) => wait.until ?? Infinity)),
    close() {
      for (const { timer } of waits.values()) timer.abort();
    },
  };
}

/** The signals that a journal says were used up. */
export function usedSignals(entries: readonly Entry[]): number[] {
  return entries.flatMap((entry) =>
    entry.type === "woken" && entry.for === "signal" && entry.inbox !== undefined ? [entry.inbox] : [],
  );
}
