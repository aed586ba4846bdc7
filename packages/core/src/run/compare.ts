import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical } from "../journal/canonical.ts";
import { createSpending } from "./spending.ts";

/** What a run came to and what it took. */
export interface RunAccount {
  readonly run: string;
  readonly status: "completed" | "failed" | "aborted" | "open";
  /** The state that it ended with. */
  readonly state?: Json;
  readonly tokens: number;
  readonly modelCalls: number;
  /** US dollars that its models cost, as far as they say. */
  readonly usd: number;
  readonly effects: number;
  /** Milliseconds from its first entry to its last. */
  readonly ms: number;
}

/** Two runs beside each other. */
export interface Comparison {
  readonly runs: readonly [RunAccount, RunAccount];
  /** The keys of the final states that differ. */
  readonly differing: readonly string[];
  /** Position of the first entry that says something else, when there is one. */
  readonly parting?: number;
}

/** Compares two journals: of a run and its fork, most often. */
export function compareRuns(first: readonly Entry[], second: readonly Entry[]): Comparison {
  const runs = [accountOf(first), accountOf(second)] as const;
  const [a, b] = runs.map(({ state }) => (state ?? {}) as { readonly [key: string]: Json });
  const keys = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})]);
  const differing = [...keys].filter((key) => text(a?.[key]) !== text(b?.[key])).toSorted();
  const parting = first.findIndex((entry, index) => index > 0 && meaning(entry) !== meaning(second[index]));
  return { runs, differing, ...(parting < 0 ? {} : { parting }) };
}

const text = (value: Json | undefined): string | undefined => (value === undefined ? undefined : canonical(value));

/** What an entry says, without when, by whom and how it is chained. */
function meaning(entry: Entry | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const { at: _at, hash: _hash, salt: _salt, commitment: _commitment, ...rest } = entry;
  const {
    inputHash: _input,
    ms: _ms,
    owner: _owner,
    ...said
  } = rest as typeof rest & { inputHash?: string; ms?: number; owner?: string; memory?: string };
  return canonical(said as unknown as Json);
}

/** What the run of a journal came to and what it took. */
export function accountOf(entries: readonly Entry[]): RunAccount {
  const first = entries[0];
  const last = entries.at(-1);
  const status = last === undefined ? undefined : endings[last.type];
  const state = last?.type === "run-completed" ? last.body?.state : undefined;
  return {
    run: first?.type === "run-started" ? first.run : "",
    status: status ?? "open",
    ...(state === undefined ? {} : { state }),
    ...createSpending(undefined, undefined, entries).spent,
    effects: entries.filter(({ type }) => type === "effect-completed" || type === "effect-failed").length,
    ms: (last?.at ?? 0) - (first?.at ?? 0),
  };
}

const endings: { readonly [type in Entry["type"]]?: RunAccount["status"] } = {
  "run-completed": "completed",
  "run-failed": "failed",
  "run-aborted": "aborted",
};
