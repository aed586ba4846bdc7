import type { Store } from "../contracts/store.ts";
import { checkCount, checkFilter, checkScope, checkSpace, checkTexts, checkTime } from "./check.ts";

/**
 * A store whose reads refuse, with `invalid_input`, what makes no sense: a filter without its scope, a limit that is no whole
 * number from 0 on, a vector that does not fit its space. So every store refuses the same, and an implementation need not
 * look. (What is written is looked at by {@link checkCommit}, which a store calls itself.)
 */
export function checkedReads(store: Store): Store {
  return {
    ...store,
    records: reading(store.records, (ids) => checkTexts("Ids", ids)),
    find: reading(store.find, (filter, options) => {
      checkFilter(filter);
      checkCount("A limit", options?.limit);
    }),
    candidates: reading(store.candidates, (terms, filter, k) => {
      checkTexts("Terms", terms);
      checkFilter(filter);
      checkCount("How many candidates are wanted", k);
    }),
    near: reading(store.near, (vector, space, filter, k) => {
      checkFilter(filter);
      checkSpace(space, vector);
      checkCount("How many records are wanted", k);
    }),
    unembedded: reading(store.unembedded, (space, filter, limit) => {
      checkFilter(filter);
      checkSpace(space);
      checkCount("A limit", limit);
    }),
    neighbours: reading(store.neighbours, (ids, distance) => {
      checkTexts("Ids", ids);
      checkCount("A distance", distance);
    }),
    read: reading(store.read, (_, options) => {
      checkCount("The first position", options?.from);
      checkCount("A limit", options?.limit);
    }),
    documents: reading(store.documents, (_, options) => checkCount("A limit", options?.limit)),
    due: reading(store.due, (at, limit) => {
      checkTime("The time", at);
      checkCount("A limit", limit);
    }),
    changes: reading(store.changes, (scope, options) => {
      checkScope(scope);
      checkCount("The position after which to begin", options?.after);
      checkCount("A limit", options?.limit);
    }),
    stats: reading(store.stats, (scope) => (scope === undefined ? undefined : checkScope(scope))),
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
