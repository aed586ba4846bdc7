import type { Faults } from "./faults.ts";

/** What goes wrong when nothing is said of a limit. */
export const defaultFaults: Faults = {
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
