import type { Clock } from "../contracts/clock.ts";
import type { RecordKind } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { checkScope } from "../sealing/check.ts";
import { scan, type ProgressOptions } from "./scan.ts";
import { verdictTag } from "./verdict.ts";

/** How many records there are, and how many of them were never recalled in a run, tried or judged. */
export interface Junk {
  /** How many were looked at, verdicts left out. */
  readonly records: number;
  /** How many of them were never recalled in a run, tried or judged. */
  readonly neverUsed: number;
  /** `neverUsed / records`; 0 when there are none. */
  readonly share: number;
}

/** {@link Junk} in all, and by what might explain it. */
export interface JunkReport extends Junk {
  /** By kind; a kind that no record has is left out. */
  readonly byKind: Readonly<Partial<Record<RecordKind, Junk>>>;
  /** By scope; the 100 scopes that hold most records. */
  readonly byScope: Readonly<Record<string, Junk>>;
  /** By how long ago they were recorded: `day` (less than one), `week`, `month`, `year`, `older`. */
  readonly byAge: Readonly<Record<string, Junk>>;
}

const day = 86_400_000;
const ages: readonly (readonly [name: string, below: number])[] = [
  ["day", day],
  ["week", 7 * day],
  ["month", 30 * day],
  ["year", 365 * day],
  ["older", Infinity],
];
const mostScopes = 100;

/**
 * Which share of what is remembered within a scope was never of use: never recalled in a run, tried or judged. Reads every
 * record once. Verdicts are left out: they are not there to be recalled.
 *
 * Errors: `invalid_input` without a scope, `aborted`.
 *
 * @example
 * ```ts
 * import { measureJunk } from "@brainops/core/memory";
 * import type { Store } from "@brainops/core";
 * declare const store: Store;
 * const { share, byKind } = await measureJunk(store, "acme");
 * ```
 */
export async function measureJunk(
  store: Store,
  scope: string,
  options: ProgressOptions & {
    /** What ages are counted from. Default: the system's clock. */
    readonly clock?: Pick<Clock, "now">;
  } = {},
): Promise<JunkReport> {
  checkScope(scope);
  const now = (options.clock ?? Date).now();
  const all = new Map<string, Count>();
  const [byKind, byScope, byAge] = [new Map<string, Count>(), new Map<string, Count>(), new Map<string, Count>()];
  for await (const page of scan(store, { scope }, options))
    for (const { record, counters } of page) {
      if (record.tags.includes(verdictTag)) continue;
      const unused = counters.uses <= 0 && counters.tries <= 0;
      const age = ages.find(([, below]) => now - record.createdAt < below)?.[0] ?? "older";
      add(all, "all", unused);
      add(byKind, record.kind, unused);
      add(byScope, record.scope, unused);
      add(byAge, age, unused);
    }
  const largest = [...byScope].sort(([, a], [, b]) => b.records - a.records).slice(0, mostScopes);
  return {
    ...toJunk(all.get("all")),
    byKind: toTable(byKind),
    byScope: toTable(largest),
    byAge: toTable(ages.flatMap(([name]) => (byAge.has(name) ? [[name, byAge.get(name)] as const] : []))),
  };
}

interface Count {
  records: number;
  neverUsed: number;
}

function add(counts: Map<string, Count>, key: string, unused: boolean): void {
  const count = counts.get(key) ?? { records: 0, neverUsed: 0 };
  count.records++;
  if (unused) count.neverUsed++;
  counts.set(key, count);
}

function toTable(counts: Iterable<readonly [string, Count | undefined]>): Record<string, Junk> {
  return Object.fromEntries([...counts].map(([key, count]) => [key, toJunk(count)]));
}

function toJunk({ records, neverUsed }: Count = { records: 0, neverUsed: 0 }): Junk {
  return { records, neverUsed, share: records === 0 ? 0 : neverUsed / records };
}
