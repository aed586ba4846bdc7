import type { RecordFilter, Store } from "../contracts/store.ts";
import { checkCount, checkFilter, checkQueue, checkScope, checkSpace, checkTexts, checkTime } from "./check.ts";

/**
 * A store whose reads refuse, with `invalid_input`, what makes no sense: a filter without its scope, a limit that is no whole
 * number from 0 on, a vector that does not fit its space. So every store refuses the same, and an implementation need not
 * look. Positions, distances and times reach it as whole numbers that
 * databases can compare with, also where `Infinity` or a fraction was given. (What is written is looked at by {@link checkCommit}, which a store calls itself.)
 */
export function checkedReads(store: Store): Store {
  return {
    ...store,
    records: reading(store.records, (ids) => checkTexts("Ids", ids)),
    find: reading(
      (filter, options) => store.find(whole(filter), options),
      (filter, options) => {
        checkFilter(filter);
        checkCount("A limit", options?.limit);
      },
    ),
    candidates: reading(
      (terms, filter, k) => store.candidates(terms, whole(filter), k),
      (terms, filter, k) => {
        checkTexts("Terms", terms);
        checkFilter(filter);
        checkCount("How many candidates are wanted", k);
      },
    ),
    near: reading(
      (vector, space, filter, k) => store.near(vector, space, whole(filter), finite(k)),
      (vector, space, filter, k) => {
        checkFilter(filter);
        checkSpace(space, vector);
        checkCount("How many records are wanted", k);
      },
    ),
    unembedded: reading(
      (space, filter, limit) => store.unembedded(space, whole(filter), limit),
      (space, filter, limit) => {
        checkFilter(filter);
        checkSpace(space);
        checkCount("A limit", limit);
      },
    ),
    vectors: reading(store.vectors, (space, ids) => {
      checkSpace(space);
      checkTexts("Ids", ids);
    }),
    neighbours: reading(
      (ids, distance) => store.neighbours(ids, finite(distance)),
      (ids, distance) => {
        checkTexts("Ids", ids);
        checkCount("A distance", distance);
      },
    ),
    read: reading(
      (stream, { from = 0, ...rest } = {}) => store.read(stream, { from: finite(from), ...rest }),
      (_, options) => {
        checkCount("The first position", options?.from);
        checkCount("A limit", options?.limit);
      },
    ),
    documents: reading(store.documents, (_, options) => checkCount("A limit", options?.limit)),
    due: reading(
      (at, limit) => store.due(Math.floor(finite(at)), limit),
      (at, limit) => {
        checkTime("The time", at);
        checkCount("A limit", limit);
      },
    ),
    dueIn: reading(
      (queue, at, { lanes, each, ...rest }) =>
        store.dueIn(queue, Math.floor(finite(at)), { lanes: finite(lanes), each: finite(each), ...rest }),
      (queue, at, { lanes, each, after = queue }) => {
        checkQueue(queue, after);
        checkTime("The time", at);
        checkCount("How many lanes are wanted", lanes);
        checkCount("How many of each are wanted", each);
      },
    ),
    changes: reading(
      (scope, { after = 0, ...rest } = {}) => store.changes(scope, { after: finite(after), ...rest }),
      (scope, options) => {
        checkScope(scope);
        checkCount("The position after which to begin", options?.after);
        checkCount("A limit", options?.limit);
      },
    ),
    stats: reading(store.stats, (scope) => (scope === undefined ? undefined : checkScope(scope))),
  };
}

function finite(value: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(value, Number.MAX_SAFE_INTEGER));
}

/** The same filter in whole numbers: times and places are whole, so nothing else fits it. */
function whole(filter: RecordFilter): RecordFilter {
  const { since, until, fromSequence, toSequence, ...rest } = filter;
  return {
    ...rest,
    ...(since === undefined ? {} : { since: Math.ceil(finite(since)) }),
    ...(until === undefined ? {} : { until: Math.ceil(finite(until)) }),
    ...(fromSequence === undefined ? {} : { fromSequence: Math.ceil(finite(fromSequence)) }),
    ...(toSequence === undefined ? {} : { toSequence: Math.floor(finite(toSequence)) }),
  };
}

/** A read that looks at what it is handed first. */
function reading<Given extends readonly unknown[], Read>(
  read: (...given: Given) => Promise<Read>,
  check: (...given: Given) => void,
): (...given: Given) => Promise<Read> {
  return async (...given) => {
    check(...given);
    return read(...given);
  };
}
