import { fitsFilter } from "../../../recall/fits-filter.ts";
import type { Faults } from "./faults.ts";

/** What goes wrong with limits, said or not. */
export const defaultFaults: Faults = {
  "of many scopes records are found in one order, however few fit": {
    "the records of one scope come after those of another": (store) => ({
      find: async (filter, options = {}) => {
        const found = await store.find(filter, { ...options, limit: Infinity });
        const { limit = 100 } = options;
        return found.toSorted((a, b) => (a.record.scope < b.record.scope ? -1 : 1)).slice(0, limit);
      },
    }),
    "only the newest of a scope are looked at": (store) => ({
      find: async ({ kinds, tags, ...filter }, options = {}) =>
        (await store.find(filter, options)).filter(({ record }) =>
          fitsFilter(record, { ...filter, ...(kinds && { kinds }), ...(tags && { tags }) }),
        ),
    }),
  },
  "by default about 1,000 changes are told, and all documents and wakes": {
    "all changes are told by default": (store) => ({
      changes: (scope, options) => store.changes(scope, { limit: Infinity, ...options }),
    }),
    "a hundred changes are told by default": (store) => ({
      changes: (scope, options) => store.changes(scope, { limit: 100, ...options }),
    }),
    "a thousand documents are read by default": (store) => ({
      documents: (prefix, options) => store.documents(prefix, { limit: 1000, ...options }),
    }),
    "a thousand wakes are read by default": (store) => ({
      due: (at, limit = 1000) => store.due(at, limit),
    }),
  },
};
