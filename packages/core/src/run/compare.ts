import type { Entry, ErrorValue } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical } from "../journal/canonical.ts";
import { createSpending } from "./spending.ts";

/** What a run came to and what it took. */
export interface RunAccount {
  /** The run's id. */
  readonly run: string;
  /** How it ended; `open` when it did not. */
  readonly status: "completed" | "failed" | "aborted" | "open";
  /** The state that it ended with. */
  readonly state?: Json;
  /** How it failed. */
  readonly error?: ErrorValue;
  /** Tokens of all model calls, in and out, tries that failed included. */
  readonly tokens: number;
  /** Model calls that were answered. */
  readonly modelCalls: number;
  /** US dollars that its models cost, as far as they say. */
  readonly usd: number;
  /** Effects that were done or failed: everything that it took from or did to the outside. */
  readonly effects: number;
  /** Milliseconds from its first entry to its last; of a fork, without the time until it was made. */
  readonly ms: number;
}

/** Two runs beside each other. */
export interface Comparison {
  /** The two, in the order given. */
  readonly runs: readonly [RunAccount, RunAccount];
  /** The keys of the final states that differ. */
  readonly differing: readonly string[];
  /** Position of the first entry that says something else, when there is one. */
  readonly parting?: number;
}

/**
 * Compares two journals: of a run and its fork, most often.
 *
 * @example
 * ```ts
 * import { compareRuns, type Brain } from "@brainops/core";
 * declare const brain: Brain;
 * const { runs, differing } = compareRuns(await brain.journal("r1"), await brain.journal("r1-fork"));
 * console.log(runs[0].usd, runs[1].usd, differing);
 * ```
 */
export function compareRuns(first: readonly Entry[], second: readonly Entry[]): Comparison {
  const runs = [accountOf(first), accountOf(second)] as const;
  const [a, b] = runs.map(({ state }) => (state ?? {}) as { readonly [key: string]: Json });
  const keys = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})]);
  const differing = [...keys].filter((key) => text(a?.[key]) !== text(b?.[key])).toSorted();
  const [ours, theirs] = [first.filter(isSaid), second.filter(isSaid)] as const;
  const parting = ours.find((entry, index) => meaning(entry) !== meaning(theirs[index]))?.position;
  return { runs, differing, ...(parting === undefined ? {} : { parting }) };
}

const text = (value: Json | undefined): string | undefined => (value === undefined ? undefined : canonical(value));

/** Whether an entry says what happened, not only who was at work. */
const isSaid = ({ type }: Entry): boolean => type !== "run-started" && type !== "run-taken";

/** Members of an entry that differ from run to run. */
interface Varying {
  readonly inputHash?: string;
  readonly ms?: number;
  readonly until?: number;
  readonly given?: number;
  readonly inbox?: number;
  readonly memory?: string;
}

/** What an entry says, without where, when, by whom and how it is chained. Of what was remembered it says only whether. */
function meaning(entry: Entry | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const { position: _position, at: _at, hash: _hash, salt: _salt, commitment: _commitment, ...rest } = entry;
  const { inputHash: _input, ms: _ms, until: _until, given: _given, inbox: _inbox, memory, ...said } = rest as Varying;
  return canonical({ ...said, memory: memory !== undefined });
}

/**
 * What the run of a journal came to and what it took.
 *
 * @example
 * ```ts
 * import { accountOf, type Brain } from "@brainops/core";
 * declare const brain: Brain;
 * const { status, usd, tokens } = accountOf(await brain.journal("r1"));
 * console.log(status, usd, tokens);
 * ```
 */
export function accountOf(entries: readonly Entry[]): RunAccount {
  const first = entries[0];
  const last = entries.at(-1);
  const status = last === undefined ? undefined : endings[last.type];
  const state = last?.type === "run-completed" ? last.body?.state : undefined;
  return {
    run: first?.type === "run-started" ? first.run : "",
    status: status ?? "open",
    ...(state === undefined ? {} : { state }),
    ...(last?.type === "run-failed" && last.body !== undefined ? { error: last.body.error } : {}),
    ...createSpending(undefined, undefined, entries).spent(),
    effects: entries.filter(({ type }) => type === "effect-completed" || type === "effect-failed").length,
    ms: (last?.at ?? 0) - (first?.at ?? 0) - betweenForks(entries),
  };
}

/** How long it was until a run was forked: no run's time. */
function betweenForks(entries: readonly Entry[]): number {
  const [first] = entries;
  const forks = first?.type === "run-started" ? (first.forkOf ?? []) : [];
  const places = [...new Set(forks.map(({ position }) => position))];
  const gaps = places.map((position) => (entries[position]?.at ?? 0) - (entries[position - 1]?.at ?? Infinity));
  return gaps.reduce((sum, gap) => sum + Math.max(0, gap), 0);
}

const endings: { readonly [type in Entry["type"]]?: RunAccount["status"] } = {
  "run-completed": "completed",
  "run-failed": "failed",
  "run-aborted": "aborted",
};
