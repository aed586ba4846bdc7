/** A map that forgets what has not been asked for lately, and so never grows beyond twice a size. */
export interface Kept<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
}

/** Makes a map that keeps at least the last `size` keys that were used. */
export function keepLast<K, V>(size: number): Kept<K, V> {
  let older = new Map<K, V>();
  let newer = new Map<K, V>();
  const set = (key: K, value: V): void => {
    if (newer.size >= size) [older, newer] = [newer, new Map()];
    newer.set(key, value);
  };
  return {
    get(key) {
      const value = newer.get(key);
      if (value !== undefined) return value;
      const kept = older.get(key);
      if (kept !== undefined) set(key, kept);
      return kept;
    },
    set,
  };
}
