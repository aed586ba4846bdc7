import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import { recordKinds, type RecordKind } from "../contracts/record.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { isWithin } from "../recall/fits-filter.ts";
import { importanceNow } from "../recall/standing.ts";
import { checkScope } from "../sealing/check.ts";
import { eraseRecords } from "./forget.ts";
import { checkSignal, scan, type ProgressOptions } from "./scan.ts";
import { verdictTag } from "./verdict.ts";

/** Which records go. What a later rule says of a kind and scope is said beside the earlier ones: any rule may let one go. */
export interface RetentionRule {
  /** Only in this scope and below it. Default: the whole scope that is looked at. */
  readonly scope?: string;
  /** Only records of these kinds. Default: all. */
  readonly kinds?: readonly RecordKind[];
  /** Those recorded longer ago than so many milliseconds … */
  readonly olderThanMs?: number;
  /** … and those that are not among the newest so many of the rule's. At least one of the two must be given. */
  readonly keepNewest?: number;
  /** What stays all the same. */
  readonly unless?: {
    /** What was recalled or tried. Default `true`. */
    readonly used?: boolean;
    /** What is at least so important as of now. Default 0.8. */
    readonly importance?: number;
    /** What another record was made from, or names as its evidence. Default `true`. */
    readonly evidence?: boolean;
  };
}

/** What {@link retain} may be told. */
export interface RetainOptions extends ProgressOptions {
  /** What may go, and when. A record that no rule fits stays. */
  readonly rules: readonly RetentionRule[];
  /** Only says what would go. Default `false`. */
  readonly dryRun?: boolean;
  /** Where "now" comes from. Default: the system's clock. */
  readonly clock?: Pick<Clock, "now">;
}

/** What went, or would go. */
export interface RetentionSummary {
  /** How many records were looked at. */
  readonly records: number;
  /** How many went, by kind. */
  readonly gone: Readonly<Partial<Record<RecordKind, number>>>;
  /** Their ids, oldest first. */
  readonly ids: readonly string[];
}

/** Where each commit of {@link retain} notes what went: an entry `{ at, scope, gone }`, with numbers by kind, a commit. */
export const retentionStream = "memory/retention";

const atOnce = 200;

/**
 * Lets records go by rules: the only upkeep that deletes. What is used, important or evidence stays unless a rule says
 * otherwise, and a verdict always stays, for it still counts. Records are erased for good, in commits of up to 200, each with
 * a note in the stream {@link retentionStream} of how many went. So it can be stopped at any time and begun again.
 *
 * Errors: `invalid_input` for a rule without a limit, with a scope outside, or a kind that does not exist; `aborted`.
 *
 * @example
 * ```ts
 * import { retain } from "@brainops/core/memory";
 * import type { Store } from "@brainops/core";
 * declare const store: Store;
 * const rules = [{ kinds: ["experience"] as const, olderThanMs: 365 * 86_400_000 }];
 * const { ids } = await retain(store, "acme", { rules, dryRun: true });
 * ```
 */
export async function retain(store: Store, scope: string, options: RetainOptions): Promise<RetentionSummary> {
  const { rules, dryRun = false, clock = Date, progress, signal } = options;
  checkScope(scope);
  for (const [i, rule] of rules.entries()) checkRule(rule, scope, i + 1);
  const now = clock.now();
  const { records, old, evidence } = await seek(store, scope, options, now);
  const ids: string[] = [];
  const gone: Partial<Record<RecordKind, number>> = {};
  // Oldest first, so that what is stopped half way has let go of the oldest.
  for (let i = 0; i < old.length; i += atOnce) {
    checkSignal(signal);
    const some: Going[] = [];
    for (const going of old.slice(i, i + atOnce))
      if (!going.unlessEvidence || !(evidence.has(going.id) || (await isEvidence(store, going.id)))) some.push(going);
    const erased = dryRun ? some : await erase(store, scope, some, now);
    for (const { id, kind } of erased) {
      ids.push(id);
      gone[kind] = (gone[kind] ?? 0) + 1;
    }
    progress?.({ step: dryRun ? "checking" : "erasing", done: ids.length });
  }
  return { records, gone, ids };
}

/** A record that goes, unless it is evidence. */
interface Going {
  readonly id: string;
  readonly kind: RecordKind;
  readonly unlessEvidence: boolean;
}

/** Which records a rule lets go, oldest first, and what any record names as its evidence. */
async function seek(
  store: Store,
  scope: string,
  options: RetainOptions,
  now: number,
): Promise<{ records: number; old: Going[]; evidence: ReadonlySet<string> }> {
  const rules = options.rules.map((rule) => ({ rule, met: 0 }));
  const old: Going[] = [];
  const evidence = new Set<string>();
  let records = 0;
  // Newest first, so the newest so many of a rule are those that it meets first.
  for await (const page of scan(store, { scope }, options))
    for (const stored of page) {
      records++;
      for (const id of stored.record.provenance.evidence ?? []) evidence.add(id);
      const letting = rules.filter((each) => isFor(each.rule, stored) && isOld(each.rule, stored, ++each.met, now));
      const free = letting.filter(({ rule }) => !isKept(rule, stored, now));
      if (free.length === 0 || stored.record.tags.includes(verdictTag)) continue;
      const unlessEvidence = free.every(({ rule }) => rule.unless?.evidence ?? true);
      old.push({ id: stored.record.id, kind: stored.record.kind, unlessEvidence });
    }
  return { records, old: old.reverse(), evidence };
}

function isFor({ scope, kinds }: RetentionRule, { record }: StoredRecord): boolean {
  return (scope === undefined || isWithin(record.scope, scope)) && (kinds?.includes(record.kind) ?? true);
}

function isOld(
  { olderThanMs, keepNewest }: RetentionRule,
  { record }: StoredRecord,
  met: number,
  now: number,
): boolean {
  return (
    (olderThanMs === undefined || now - record.createdAt > olderThanMs) &&
    (keepNewest === undefined || met > keepNewest)
  );
}

function isKept({ unless }: RetentionRule, { record, counters }: StoredRecord, now: number): boolean {
  const used = (unless?.used ?? true) && (counters.uses > 0 || counters.tries > 0);
  return used || importanceNow(record, counters, now) >= (unless?.importance ?? 0.8);
}

async function isEvidence(store: Store, id: string): Promise<boolean> {
  return (await store.links(id, { direction: "to", types: ["derived-from"] })).length > 0;
}

/** Erases them with a note of how many, in one commit. */
async function erase(store: Store, scope: string, some: readonly Going[], at: number): Promise<readonly Going[]> {
  let gone = new Set<string>();
  await eraseRecords(
    store,
    some.map(({ id }) => id),
    (erased): Write[] => {
      gone = new Set(erased.map(({ id }) => id));
      const counts = Object.fromEntries(
        recordKinds.flatMap((kind) => {
          const count = erased.filter((record) => record.kind === kind).length;
          return count === 0 ? [] : [[kind, count] as const];
        }),
      );
      return [{ type: "append", stream: retentionStream, entries: [{ at, scope, gone: counts }] }];
    },
  );
  return some.filter(({ id }) => gone.has(id));
}

function checkRule({ scope, kinds, olderThanMs, keepNewest, unless }: RetentionRule, outer: string, at: number): void {
  const refuse = (problem: string): never => {
    throw new BrainOpsError("invalid_input", `Retention rule ${at} ${problem}. Nothing was erased.`, {
      details: { rule: at },
    });
  };
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (olderThanMs === undefined && keepNewest === undefined)
    refuse("would let everything go: give olderThanMs, keepNewest or both");
  if (olderThanMs !== undefined && !isCount(olderThanMs))
    refuse("has an olderThanMs that is not a whole number, 0 or more");
  if (keepNewest !== undefined && !isCount(keepNewest))
    refuse("has a keepNewest that is not a whole number, 0 or more");
  const importance = unless?.importance ?? 0.8;
  if (!(importance >= 0)) refuse("has an importance that is not a number, 0 or more");
  const unknown = kinds?.find((kind) => !recordKinds.includes(kind));
  if (unknown !== undefined) refuse(`names a kind '${unknown}' that does not exist. Use ${recordKinds.join(", ")}`);
  if (scope === undefined) return;
  checkScope(scope);
  if (!isWithin(scope, outer)) refuse(`is for '${scope}', which does not lie within '${outer}'`);
}
