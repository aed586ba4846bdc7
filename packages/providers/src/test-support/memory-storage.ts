import { BrainOpsError, type PluginStorage, type StoredDocument } from "@brainops/core";

/** A plugin's storage, in memory. */
export function memoryStorage(): PluginStorage & { readonly kept: Map<string, StoredDocument> } {
  const kept = new Map<string, StoredDocument>();
  return {
    kept,
    get: (key) => Promise.resolve(kept.get(key)),
    put(key, value, expected) {
      const version = kept.get(key)?.version ?? 0;
      if (expected !== undefined && expected !== version) {
        return Promise.reject(new BrainOpsError("conflict", "Another was faster."));
      }
      kept.set(key, { key, value, version: version + 1 });
      return Promise.resolve();
    },
    list: (prefix = "") => Promise.resolve([...kept.values()].filter((one) => one.key.startsWith(prefix))),
  };
}
