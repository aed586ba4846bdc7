import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { RecordFilter, Store, StoredRecord } from "../contracts/store.ts";

/** What every long piece of work takes. */
export interface ProgressOptions {
  /** Is told how far it is. */
  readonly progress?: (progress: Progress) => void;
  /** Stops it between two steps, with `aborted`; what was finished stays finished. */
  readonly signal?: AbortSignal;
}

/** How far a piece of work is. */
export interface Progress {
  /** What is being done, in a word or two, such as `reading`. */
  readonly step: string;
  /** How many records it has dealt with. */
  readonly done: number;
}

const pageSize = 200;

/**
 * All records that fit, page by page, newest first, each once. Records that are erased meanwhile are passed over. Counts
 * what it reads as `step`.
 */
export async function* scan(
  store: Store,
  filter: RecordFilter,
  { progress, signal }: ProgressOptions = {},
  step = "reading",
): AsyncGenerator<readonly StoredRecord[]> {
  let done = 0;
  let last: StoredRecord | undefined;
  /** Ids that were given and have the same time as the last one, for when that one is gone. */
  let given = new Set<string>();
  let narrowed = filter;
  for (;;) {
    checkSignal(signal);
    let page: readonly StoredRecord[];
    try {
      page = await store.find(narrowed, { limit: pageSize, ...(last === undefined ? {} : { after: last.record.id }) });
    } catch (error) {
      if (last === undefined || !isBrainOpsError(error, "not_found")) throw error;
      // The last one was erased meanwhile: go on from its time.
      narrowed = { ...filter, until: Math.min(filter.until ?? Infinity, last.record.createdAt + 1) };
      last = undefined;
      continue;
    }
    const fresh = page.filter(({ record }) => !given.has(record.id));
    const end = page.at(-1);
    if (fresh.length > 0) {
      done += fresh.length;
      progress?.({ step, done });
      yield fresh;
    }
    if (end === undefined || page.length < pageSize) return;
    const kept = end.record.createdAt === last?.record.createdAt ? given : [];
    given = new Set([
      ...kept,
      ...page.filter(({ record }) => record.createdAt === end.record.createdAt).map(({ record }) => record.id),
    ]);
    last = end;
  }
}

/** Throws `aborted` once a signal says so. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new BrainOpsError("aborted", "It was stopped on request. What was finished stays; begin again to go on.");
}
