import type { Hit, Link, MemoryRecord, RecallQuery } from "../contracts/record.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import { isValidAt } from "./rank.ts";

/** Whether a record may be told of: it lies where is searched. */
export type Visible = (record: MemoryRecord) => boolean;

/** So many hits are looked at in one go. */
const atOnce = 16;

/**
 * The first so many hits, each with the records that supersede it and contradict it, as far as that was known at the time asked for.
 * What is superseded is left out, or put last.
 */
export async function relate(
  store: Store,
  hits: { take(count: number): readonly Hit[] },
  query: RecallQuery,
  visible: Visible,
  limit: number,
): Promise<Hit[]> {
  const { superseded = query.validAt === undefined && query.asOf === undefined ? "omit" : "last" } = query;
  const standing: Hit[] = [];
  const last: Hit[] = [];
  while (standing.length < limit) {
    // Mostly nothing has taken the place of any.
    const some = hits.take(Math.min(atOnce, limit - standing.length + 1));
    if (some.length === 0) break;
    for (const hit of await withRelations(store, some, query, visible))
      (hit.supersededBy === undefined ? standing : last).push(hit);
  }
  return [...standing, ...(superseded === "omit" ? [] : last)].slice(0, limit);
}

async function withRelations(store: Store, hits: readonly Hit[], query: RecallQuery, visible: Visible): Promise<Hit[]> {
  const links = await Promise.all(hits.map((hit) => linksOf(store, hit)));
  const ids = new Set(links.flatMap((each) => each.flatMap(({ from, to }) => [from, to])));
  if (ids.size === 0) return [...hits];
  const others = new Map((await store.records([...ids])).map((stored) => [stored.record.id, stored]));
  return hits.map((hit, i) => {
    const known = (links[i] ?? []).filter((link) => isKnown(link, others, query.asOf));
    const by = (type: Link["type"]): MemoryRecord[] =>
      known
        .filter((link) => link.type === type)
        .flatMap(({ from, to }) => others.get(from === hit.record.id ? to : from)?.record ?? [])
        .filter((record) => record.id !== hit.record.id && visible(record));
    const newer = by("supersedes")
      // At a time when the newer one was not true, the older one stood.
      .filter((record) => isValidAt(record, query.validAt))
      .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id);
    const contradicting = [...new Map(by("contradicts").map((record) => [record.id, record])).values()];
    const why = [hit.why];
    if (newer.length > 0) why.push(`superseded by ${newer.join(", ")}`);
    if (contradicting.length > 0) why.push(`contradicted by ${contradicting.map(({ id }) => id).join(", ")}`);
    return {
      ...hit,
      why: why.filter((part) => part !== "").join("; "),
      ...(newer.length === 0 ? {} : { supersededBy: newer }),
      ...(contradicting.length === 0 ? {} : { contradictedBy: contradicting }),
    };
  });
}

/** Who supersedes it, and who contradicts it or is contradicted by it: of two that cannot both be true, both are told. */
async function linksOf(store: Store, { record }: Hit): Promise<readonly Link[]> {
  const [against, from] = await Promise.all([
    store.links(record.id, { direction: "to", types: ["supersedes", "contradicts"] }),
    store.links(record.id, { types: ["contradicts"] }),
  ]);
  return [...against, ...from];
}

/** Whether a link was recorded by then, and both its ends. */
function isKnown(link: Link, others: ReadonlyMap<string, StoredRecord>, asOf: number | undefined): boolean {
  if (asOf === undefined) return true;
  const [from, to] = [others.get(link.from)?.record.createdAt, others.get(link.to)?.record.createdAt];
  if (from === undefined || to === undefined) return false;
  return Math.max(from, to) <= asOf && (link.createdAt ?? from) <= asOf;
}
