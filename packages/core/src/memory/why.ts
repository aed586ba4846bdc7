import type { Link, Provenance, Trust } from "../contracts/record.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import { isWithin } from "../recall/fits-filter.ts";
import { confidenceNow } from "../recall/standing.ts";
import { requireRecord } from "./require-record.ts";
import { verdictTag } from "./verdict.ts";

/** How one record stands to the one above it. */
export type Relation =
  /** The record above was made from it. */
  | "because"
  /** It speaks against the record above, or the one above against it. */
  | "against"
  /** A verdict on the record above. */
  | "judged"
  /** The record above replaces it. */
  | "instead of";

/** One record of the tree that {@link why} gives. */
export interface Reason extends StoredRecord {
  /** How it stands to the record above; absent at the root. */
  readonly relation?: Relation;
  /** What the arrow between them says. */
  readonly reason?: string;
  /** Who says so. */
  readonly trust: Trust;
  /** How sure it is as of now, 0 to 1: after its tries and verdicts. */
  readonly confidence: number;
  /** The run, node and journal position that made it; empty for what was remembered outside of a run. */
  readonly provenance: Provenance;
  /** What it stands on, one level down; empty at a leaf, and where `seen` or `more` says why. */
  readonly reasons: readonly Reason[];
  /** How many reasons more there are than are shown. */
  readonly more: number;
  /** Whether its reasons stand elsewhere in the tree already. */
  readonly seen: boolean;
  /** What it names as evidence that is no record here: addresses, or what was erased or lies in another scope. */
  readonly elsewhere: readonly string[];
}

/** How much of the tree is given. */
export interface WhyOptions {
  /** How many arrows down, at most. Default 6. */
  readonly depth?: number;
  /** How many reasons of one kind a record shows, at most. Default 10. */
  readonly breadth?: number;
  /** Where "now" comes from. Default: the system's clock. */
  readonly clock?: Pick<Clock, "now">;
}

/**
 * Why a record is believed: the records it was made from, down to the experiences, with who says each, how sure it is by now,
 * what speaks against it, how it was judged, and which run made it. A record that is a reason twice is followed once. It never
 * leaves its scope.
 *
 * Errors: `not_found` for an id that is not within the scope, `invalid_input` without a scope.
 *
 * @example
 * ```ts
 * import { formatWhy, why } from "@brainops/core/memory";
 * import type { Store } from "@brainops/core";
 * declare const store: Store;
 * console.log(formatWhy(await why(store, "acme", "some-learning")).join("\n"));
 * ```
 */
export async function why(store: Store, scope: string, id: string, options: WhyOptions = {}): Promise<Reason> {
  const { depth = 6, breadth = 10 } = options;
  const seen = new Set<string>();
  return explain(await requireRecord(store, scope, id), {}, depth);

  async function explain(stored: StoredRecord, arrow: Arrow, left: number): Promise<Reason> {
    const { record, counters } = stored;
    const known = seen.has(record.id);
    seen.add(record.id);
    const { shown, more, elsewhere } =
      known || left <= 0 ? { shown: [], more: 0, elsewhere: [] } : await below(stored, arrow);
    const reasons: Reason[] = [];
    for (const [next, nextArrow] of shown) reasons.push(await explain(next, nextArrow, left - 1));
    return {
      ...stored,
      ...arrow,
      trust: record.trust,
      confidence: confidenceNow(record, counters),
      provenance: record.provenance,
      reasons,
      more,
      seen: known,
      elsewhere,
    };
  }

  async function below({ record }: StoredRecord, { relation }: Arrow): Promise<Below> {
    const arrows = new Map<string, Arrow>();
    for (const [other, arrow] of await arrowsOf(store, record.id, record.provenance.evidence ?? []))
      if (!arrows.has(other)) arrows.set(other, arrow);
    const found = new Map((await store.records([...arrows.keys()])).map((stored) => [stored.record.id, stored]));
    const shown: [StoredRecord, Arrow][] = [];
    const counts = new Map<Relation, number>();
    const elsewhere: string[] = [];
    let more = 0;
    for (const [other, arrow] of arrows) {
      const stored = found.get(other);
      if (stored === undefined || !isWithin(stored.record.scope, scope)) {
        if (record.provenance.evidence?.includes(other) === true) elsewhere.push(other);
        continue;
      }
      const kind = relationOf(arrow, stored);
      // What speaks against something is not asked again what it speaks against.
      if (kind === undefined || (kind === "against" && relation === "against")) continue;
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      if (count > breadth) more++;
      else shown.push([stored, { relation: kind, ...(arrow.reason === undefined ? {} : { reason: arrow.reason }) }]);
    }
    return { shown, more, elsewhere };
  }
}

/** The arrow that led to a record. */
interface Arrow {
  readonly relation?: Relation;
  readonly reason?: string;
}

interface Below {
  readonly shown: readonly (readonly [StoredRecord, Arrow])[];
  readonly more: number;
  readonly elsewhere: readonly string[];
}

/** An `about` towards a record is a reason only when it is a verdict. */
function relationOf({ relation }: Arrow, { record }: StoredRecord): Relation | undefined {
  return relation === "judged" && !record.tags.includes(verdictTag) ? undefined : relation;
}

async function arrowsOf(store: Store, id: string, evidence: readonly string[]): Promise<(readonly [string, Arrow])[]> {
  const from = await store.links(id, { types: ["derived-from", "contradicts", "supersedes", "caused-by"] });
  const to = await store.links(id, { direction: "to", types: ["contradicts", "about"] });
  const arrow = (relation: Relation, { reason }: Link): Arrow => ({
    relation,
    ...(reason === undefined ? {} : { reason }),
  });
  const relations = { "derived-from": "because", "caused-by": "because", contradicts: "against" } as const;
  return [
    ...from.map(
      (link) => [link.to, arrow(relations[link.type as keyof typeof relations] ?? "instead of", link)] as const,
    ),
    ...evidence.map((other) => [other, { relation: "because" }] as const),
    ...to.map((link) => [link.from, arrow(link.type === "about" ? "judged" : "against", link)] as const),
  ];
}
