import type { Entry, Place, WaitFor } from "../contracts/journal.ts";
import type { Question } from "../contracts/node.ts";
import type { Delivery } from "./delivery.ts";
import { stoppedByErasure } from "./errors.ts";
import { placeKey } from "./history.ts";
import type { Woken } from "./job.ts";
import type { Past } from "./past.ts";
import type { RunContext } from "./run-context.ts";
import type { TryLimit } from "./try-limit.ts";

/** What a node waits for: a question's text and options, a signal's name, or only the time. */
export interface WaitSpec extends Partial<Question> {
  readonly for: WaitFor;
  readonly signal?: string;
}

/** A try of a node that waits. */
export interface Pausing {
  readonly run: RunContext;
  readonly place: Place;
  readonly attempt: number;
  readonly limit: TryLimit | undefined;
  readonly past: Past;
  readonly delivery: Delivery;
  readonly closed: boolean;
  waits: Set<string> | undefined;
  expire(error: unknown): void;
}

/** Waits, over restarts if need be, and calls back with the entry that ends the wait. */
export function pause(one: Pausing, call: number, suffix: string, spec: WaitSpec, woken: (entry: Woken) => void): void {
  const { run, place, attempt, limit, past, delivery } = one;
  const { for: what, timeoutMs, approvers, ...body } = spec;
  const known = past.wait(`${placeKey(place).slice(1)}/${call}${suffix}`, body);
  const { id } = known;
  if (known.erased !== undefined) return run.stop(stoppedByErasure(known.erased));
  if (known.over !== undefined) return woken(known.over);
  const head = { ...place, attempt, call, wait: id, for: what };
  let { begun } = known;
  if (begun === undefined) {
    const until = timeoutMs === undefined ? {} : { until: Math.round(run.environment.clock.now() + timeoutMs) };
    const only = approvers === undefined ? {} : { approvers };
    begun = run.append({ type: "waiting", ...head, ...until, ...only, body }) as Extract<Entry, { type: "waiting" }>;
  }
  const own = begun.until ?? Infinity;
  const ends = Math.min(own, limit?.until ?? Infinity);
  const until = ends === Infinity ? {} : { until: ends };
  const open = { ...spec, id, path: place.path, node: place.node, ...until };
  const fail = (error: unknown): void => run.stop({ kind: "broken", error });
  run.flush().then(() => {
    if (one.closed) return;
    const waits = (one.waits ??= new Set());
    waits.add(id);
    const there = run.wait(open, ({ expired, value, by, inbox, given }) => {
      waits.delete(id);
      if (expired && limit !== undefined && ends < own) return one.expire(limit.error);
      delivery.block(call, false);
      const from = { ...(inbox === undefined ? {} : { inbox }), ...(given === undefined ? {} : { given }) };
      const entry = run.append({ type: "woken", ...head, expired, ...from, body: { value, by } });
      void run.ahead();
      woken(entry as Woken);
    });
    if (!there) delivery.block(call, true);
  }, fail);
}
