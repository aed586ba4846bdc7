import type { Json } from "@brainops/core";

/** Keeps small JSON values under keys: the storage of a plugin is one. */
export interface Keep {
  /** What is kept under a key, when anything is. */
  get(key: string): Promise<
    | {
        /** What was put last. */
        readonly value: Json;
      }
    | undefined
  >;
  /** Keeps a value under a key, in place of what was there. */
  put(key: string, value: Json): Promise<void>;
}

/**
 * A {@link Keep} in memory: what it holds is gone with the process.
 *
 * @example
 * ```ts
 * import { keepInMemory, monitor } from "@brainops/nodes";
 * const node = monitor({ probes: [], keep: keepInMemory() });
 * ```
 */
export function keepInMemory(): Keep {
  const values = new Map<string, Json>();
  return {
    get: async (key) => (values.has(key) ? { value: values.get(key) ?? null } : undefined),
    put: async (key, value) => void values.set(key, value),
  };
}

/** What one probe keeps, in a place of its own. */
export function keepOfProbe(keep: Keep, probe: string): Keep {
  const own = (key: string): string => `probe/${probe}/${key}`;
  return { get: (key) => keep.get(own(key)), put: (key, value) => keep.put(own(key), value) };
}
