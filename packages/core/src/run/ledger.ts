import type { EffectClass } from "../contracts/effect.ts";
import type { CallPlace, Entry, ErrorValue } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { isErased } from "../journal/erased.ts";
import { placeKey } from "./history.ts";

/** One effect of a run. */
export interface LedgerLine extends CallPlace {
  readonly name: string;
  readonly class: EffectClass;
  /** The idempotency key that it was done with. */
  readonly key: string;
  /** `in doubt`: begun, and not known how it ended. */
  readonly status: "completed" | "failed" | "in doubt";
  /** Milliseconds since 1970: when its outcome was journaled, or its intent when it has none. */
  readonly at: number;
  readonly ms?: number;
  /** What went in, where it was short enough to be kept. */
  readonly input?: Json;
  readonly result?: Json;
  readonly error?: ErrorValue;
  /** Its input, result or error has been erased. */
  readonly erased?: true;
}

/** Which effects to list; every given field must fit. */
export interface LedgerFilter {
  readonly name?: string;
  readonly node?: string;
  readonly class?: EffectClass;
  readonly status?: LedgerLine["status"];
}

/**
 * The effects of a run, as its journal tells of them, in order.
 *
 * @example
 * ```ts
 * import { ledger, type Brain } from "@brainops/core";
 * declare const brain: Brain;
 * for (const line of ledger(await brain.journal("r1"))) console.log(line.name, line.class, line.status);
 * ```
 */
export function ledger(entries: readonly Entry[], filter: LedgerFilter = {}): readonly LedgerLine[] {
  const [started] = entries;
  const run = started?.type === "run-started" ? started.run : "";
  const lines = new Map<string, LedgerLine>();
  for (const entry of entries) {
    if (entry.type !== "effect-intended" && entry.type !== "effect-completed" && entry.type !== "effect-failed")
      continue;
    const { path, node, visit, attempt, call, name, at } = entry;
    const key = `${run}${placeKey(entry)}/${call}/${name}`;
    const before = lines.get(`${key} ${attempt}`);
    const input = entry.body?.input ?? before?.input;
    lines.set(`${key} ${attempt}`, {
      path,
      node,
      visit,
      attempt,
      call,
      name,
      at,
      key,
      class: entry.class,
      ...(input === undefined ? {} : { input }),
      ...outcome(entry),
      ...(isErased(entry) || before?.erased === true ? { erased: true as const } : {}),
    });
  }
  return [...lines.values()].filter((line) =>
    Object.entries(filter).every(
      ([field, wanted]) => wanted === undefined || line[field as keyof LedgerFilter] === wanted,
    ),
  );
}

type EffectEntry = Extract<Entry, { type: "effect-intended" | "effect-completed" | "effect-failed" }>;

function outcome(entry: EffectEntry): Pick<LedgerLine, "status" | "ms" | "result" | "error"> {
  if (entry.type === "effect-intended") return { status: "in doubt" };
  if (entry.type === "effect-completed") {
    const result = entry.body?.result;
    return { status: "completed", ms: entry.ms, ...(result === undefined ? {} : { result }) };
  }
  const error = entry.body?.error;
  return { status: "failed", ms: entry.ms, ...(error === undefined ? {} : { error }) };
}
