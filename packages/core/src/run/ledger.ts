import type { EffectClass } from "../contracts/effect.ts";
import type { CallPlace, Entry, ErrorValue } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical } from "../journal/canonical.ts";
import { isErased } from "../journal/erased.ts";
import { placeKey } from "./history.ts";

/** One effect of a run. */
export interface LedgerLine extends CallPlace {
  /** Name of the effect; `model.generate` for a model call, `action.NAME` for an action. */
  readonly name: string;
  /** What may be done when its outcome was lost in a crash. */
  readonly class: EffectClass;
  /** The idempotency key that it was done with. */
  readonly key: string;
  /** `in doubt`: begun, and not known how it ended. */
  readonly status: "completed" | "failed" | "in doubt";
  /** Milliseconds since 1970: when its outcome was journaled, or its intent when it has none. */
  readonly at: number;
  /** Milliseconds it took. Absent when it is in doubt. */
  readonly ms?: number;
  /** What went in, where it was short enough to be kept. */
  readonly input?: Json;
  /** What it returned. Absent when that was nothing, or when it did not complete. */
  readonly result?: Json;
  /** What it threw. Absent unless it failed. */
  readonly error?: ErrorValue;
  /** Its input, result or error has been erased. */
  readonly erased?: true;
}

/** Which effects to list; every given field must fit. */
export interface LedgerFilter {
  /** Exactly this name. */
  readonly name?: string;
  /** Of nodes of this name. */
  readonly node?: string;
  /** Of this class. */
  readonly class?: EffectClass;
  /** That ended so. */
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
  const [first] = entries;
  const started = first?.type === "run-started" ? first : undefined;
  const lines = new Map<string, LedgerLine>();
  /** What earlier tries of a node have finished at a call. */
  const finished = new Map<string, LedgerLine>();
  for (const entry of entries) {
    if (entry.type !== "effect-intended" && entry.type !== "effect-completed" && entry.type !== "effect-failed")
      continue;
    const { path, node, visit, attempt, call, name, at } = entry;
    const place = `${placeKey(entry)}/${call}`;
    const line = `${place}/${name} ${attempt}`;
    const before = lines.get(line);
    const input = entry.body?.input ?? before?.input;
    // What a fork began with was done under the key of the run that it is from.
    const maker = started?.forkOf?.find((origin) => entry.position < origin.position)?.run ?? started?.run ?? "";
    const earlier = finished.get(place);
    const instead = earlier !== undefined && earlier.attempt < attempt && !isSame(earlier, name, input);
    const key = before?.key ?? `${maker}${place}/${name}${instead ? `~${attempt}` : ""}`;
    const made: LedgerLine = {
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
    };
    lines.set(line, made);
    if (made.status === "completed") finished.set(place, made);
  }
  return [...lines.values()].filter((line) =>
    Object.entries(filter).every(
      ([field, wanted]) => wanted === undefined || line[field as keyof LedgerFilter] === wanted,
    ),
  );
}

/** Whether a try did what an earlier one had finished, as far as that can be told: long inputs are not kept. */
function isSame(earlier: LedgerLine, name: string, input: Json | undefined): boolean {
  if (earlier.name !== name) return false;
  return earlier.input === undefined || input === undefined || canonical(earlier.input) === canonical(input);
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
