import type { Clock } from "../contracts/clock.ts";
import { isBrainOpsError } from "../contracts/error.ts";
import { trustLevels, type RecordKind } from "../contracts/record.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { checkFilter } from "../sealing/check.ts";
import { isBehind } from "./behind.ts";
import { isMergeable, putTogether } from "./frame.ts";
import { likeness, likenessKey, type Likeness } from "./same.ts";
import { checkSignal, scan, type ProgressOptions } from "./scan.ts";

/** What {@link mergeDuplicates} looks at. */
export interface MergeOptions extends ProgressOptions {
  /** Only records of these kinds. Default: all. */
  readonly kinds?: readonly RecordKind[];
  /** Whether texts that differ in what cannot matter count as the same, too. Default `true`. */
  readonly near?: boolean;
  /** Only says what would be merged. Default `false`. */
  readonly dryRun?: boolean;
  /** Where "now" comes from. Default: the system's clock. */
  readonly clock?: Pick<Clock, "now">;
}

/** Records that say the same. */
export interface DuplicateGroup {
  /** Id of the one that stays in recall. */
  readonly survivor: string;
  /** Its text. */
  readonly text: string;
  /** The others, which it stands for now. */
  readonly merged: readonly {
    /** Id of the record. */
    readonly id: string;
    /** How alike the texts are. */
    readonly likeness: Likeness;
  }[];
}

/** What was merged. */
export interface MergeSummary {
  /** How many records were looked at. */
  readonly records: number;
  /** How many of them are now behind another. */
  readonly merged: number;
  /** The groups, each with what was merged in it. */
  readonly groups: readonly DuplicateGroup[];
}

/**
 * Puts records of one scope together that say the same. Of each group one stays: the one that is trusted most, then the
 * oldest. It is given how often and when it was remembered (`count`, `firstSeen`, `lastSeen`: in `data.merged`, those of an
 * error in `data`) and the sum of the counters, and an arrow `supersedes` to each of the others, which leave what recall gives and stay readable. Nothing
 * is deleted. What is the same is said at {@link likeness}.
 *
 * Each group is one commit, so it can be stopped at any time and begun again; doing it again changes nothing.
 *
 * Errors: `invalid_input` without a scope, `aborted`, and those of the store.
 *
 * @example
 * ```ts
 * import { mergeDuplicates } from "@brainops/core/memory";
 * import type { Store } from "@brainops/core";
 * declare const store: Store;
 * const { merged } = await mergeDuplicates(store, "acme", { progress: ({ step, done }) => console.error(step, done) });
 * ```
 */
export async function mergeDuplicates(store: Store, scope: string, options: MergeOptions = {}): Promise<MergeSummary> {
  const { kinds, near = true, dryRun = false, clock = Date, progress, signal } = options;
  const filter = { scope, ...(kinds === undefined ? {} : { kinds }) };
  checkFilter(filter);
  const alike = new Map<string, string[]>();
  let records = 0;
  for await (const page of scan(store, filter, options)) {
    records += page.length;
    for (const { record } of page) {
      if (!isMergeable(record)) continue;
      const key = likenessKey(record);
      const ids = alike.get(key);
      if (ids === undefined) alike.set(key, [record.id]);
      else ids.push(record.id);
    }
  }
  const groups: DuplicateGroup[] = [];
  let merged = 0;
  for (const ids of alike.values()) {
    if (ids.length < 2) continue;
    checkSignal(signal);
    for (const group of await mergeGroup(store, ids, { near, dryRun, now: clock.now() })) {
      groups.push(group);
      merged += group.merged.length;
    }
    progress?.({ step: "merging", done: merged });
  }
  return { records, merged, groups };
}

/** At most so many records are put behind another in one commit. */
const mostAtOnce = 100;

async function mergeGroup(
  store: Store,
  ids: readonly string[],
  options: { readonly near: boolean; readonly dryRun: boolean; readonly now: number },
): Promise<readonly DuplicateGroup[]> {
  const found = await unmerged(store, ids);
  const groups: DuplicateGroup[] = [];
  let left = found.sort(byStanding);
  while (left.length > 1) {
    const [survivor, ...others] = left as [StoredRecord, ...StoredRecord[]];
    const same: { stored: StoredRecord; likeness: Likeness }[] = [];
    left = [];
    for (const stored of others) {
      const how = likeness(survivor.record, stored.record);
      if (how === "exact" || (how === "near" && options.near)) same.push({ stored, likeness: how });
      else left.push(stored);
    }
    if (same.length === 0) continue;
    const done = options.dryRun ? same : await commitMerge(store, survivor, same, options.now);
    if (done.length > 0)
      groups.push({
        survivor: survivor.record.id,
        text: survivor.record.text,
        merged: done.map(({ stored, likeness }) => ({ id: stored.record.id, likeness })),
      });
  }
  return groups;
}

/** Those that are not behind another already. */
async function unmerged(store: Store, ids: readonly string[]): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (const stored of await store.records(ids)) {
    if (!(await isBehind(store, stored.record.id))) found.push(stored);
  }
  return found;
}

/** Trusted most first, then the oldest. */
function byStanding({ record: a }: StoredRecord, { record: b }: StoredRecord): number {
  return (
    trustLevels.indexOf(b.trust) - trustLevels.indexOf(a.trust) || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
  );
}

/** Puts records behind the survivor. When somebody else changed it meanwhile, those that are left wait for the next time. */
async function commitMerge<Same extends { readonly stored: StoredRecord; readonly likeness: Likeness }>(
  store: Store,
  survivor: StoredRecord,
  same: readonly Same[],
  now: number,
): Promise<readonly Same[]> {
  let { record } = survivor;
  const done: Same[] = [];
  for (let i = 0; i < same.length; i += mostAtOnce) {
    const some = same.slice(i, i + mostAtOnce);
    const all = [record, ...some.map(({ stored }) => stored.record)] as const;
    const next = putTogether(all);
    const writes = some.flatMap(({ stored, likeness }): Write[] => [
      {
        type: "link",
        link: {
          from: record.id,
          to: stored.record.id,
          type: "supersedes",
          reason: `says the same (${likeness})`,
          createdAt: now,
        },
      },
      ...(["uses", "tries", "successes"] as const)
        .filter((counter) => stored.counters[counter] !== 0)
        .map((counter): Write => ({ type: "count", id: record.id, counter, by: stored.counters[counter] })),
    ]);
    try {
      await commitSurely(store, uuid7(now), [{ type: "record", record: next }, ...writes]);
    } catch (error) {
      if (!isBrainOpsError(error, "conflict") && !isBrainOpsError(error, "not_found")) throw error;
      break;
    }
    record = next;
    done.push(...some);
  }
  return done;
}
