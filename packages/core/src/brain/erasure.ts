import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { Store } from "../contracts/store.ts";
import { uuid7 } from "../journal/random.ts";
import { eraseRecords } from "../memory/forget.ts";
import { commitSurely } from "../run/commit.ts";
import { journalStream } from "../run/writer.ts";
import type { EraseOptions, ErasureReport, Mention } from "./erase-options.ts";
import { eraseRun } from "./erase-run.ts";
import { findTarget, pages, type Target } from "./erasure-target.ts";
import { someText } from "./find-phrases.ts";

/** So many records are erased in one commit: while it goes on, reads may wait. */
const idsAtOnce = 100;

/**
 * Erases records, and every value in journals that quotes them. Journals come first: as long as the records are there,
 * an erasure that was broken off finds everything again when it is repeated.
 */
export async function erase(store: Store, clock: Clock, options: EraseOptions): Promise<ErasureReport> {
  const target = await findTarget(store, options);
  const looked = new Map<string, number>();
  const runs = new Map<string, number>();
  const mentions = new Map<string, readonly number[]>();

  async function journals(): Promise<void> {
    const names = await store.streams(journalStream(""));
    for (const [index, stream] of names.entries()) {
      if (looked.get(stream) === (await store.position(stream))) continue;
      checkAborted(options.signal);
      const run = stream.slice(journalStream("").length);
      const done = await eraseRun(store, clock, run, target);
      looked.set(stream, done.length);
      mentions.set(stream, done.mentions);
      if (done.entries > 0) runs.set(run, (runs.get(run) ?? 0) + done.entries);
      options.onProgress?.({ runs: index + 1, of: names.length });
    }
  }

  await journals();
  const { ids, scope, subject } = options;
  const all = [...new Set([...(ids ?? []), ...target.ids])];
  for (let from = 0; from < all.length; from += idsAtOnce) await eraseRecords(store, all.slice(from, from + idsAtOnce));
  const rest = { ...(scope === undefined ? {} : { scope }), ...(subject === undefined ? {} : { subject }) };
  if (scope !== undefined || subject !== undefined)
    await commitSurely(store, uuid7(clock.now()), [{ type: "erase", ...rest }]);
  // What was recalled while the journals were looked through.
  await journals();
  return {
    records: target.ids.length,
    entries: [...runs.values()].reduce((sum, entries) => sum + entries, 0),
    runs: [...runs.keys()],
    mentions: [
      ...[...mentions].flatMap(([stream, positions]) => positions.map((position) => ({ stream, position }))),
      ...(await otherMentions(store, target, options)),
    ],
  };
}

/** Searches what is no journal: other streams, documents, and the records of every scope that is known of. */
async function otherMentions(store: Store, target: Target, options: EraseOptions): Promise<Mention[]> {
  const found: Mention[] = [];
  const speaks = (value: Json | undefined): boolean => someText(value, target.mentions);
  const roots = new Set<string>();
  for (const stream of await store.streams("")) {
    checkAborted(options.signal);
    if (stream.startsWith(journalStream(""))) {
      const [first] = await store.read(stream, { limit: 1 });
      const { scope } = (first?.entry ?? {}) as { readonly scope?: string };
      if (scope !== undefined) roots.add(scope.split("/")[0] ?? scope);
    } else
      for (const { entry, position } of await store.read(stream)) if (speaks(entry)) found.push({ stream, position });
  }
  for (const { key, value } of await store.documents("")) if (speaks(value)) found.push({ document: key });
  for (const root of roots)
    for await (const page of pages(store, root)) {
      checkAborted(options.signal);
      for (const { record } of page)
        if (speaks([record.text, record.data, ...record.tags])) found.push({ record: record.id });
    }
  return found;
}

function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new BrainOpsError(
    "aborted",
    "The erasure was stopped before its end. What it erased stays erased; erase again to go on.",
    { cause: signal.reason },
  );
}
