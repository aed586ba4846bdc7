import type { Place } from "../contracts/journal.ts";

/** A place of a journal, and the position of its first entry. */
export interface Seen extends Place {
  readonly position: number;
}

/** The places of a journal that were not asked for yet. */
export interface Unasked<Of extends Seen> {
  add(key: string, seen: Of): void;
  get(key: string): Of | undefined;
  /** It is asked for. */
  take(key: string): void;
  /** The first at or below a path. */
  below(path: string): Of | undefined;
  readonly size: number;
}

/** A path and those that it lies below, forks as a whole (`/plan#0`) included. */
function above(path: string): string[] {
  const paths = [""];
  for (let end = path.indexOf("/", 1); path !== ""; end = path.indexOf("/", end + 1)) {
    const way = end < 0 ? path : path.slice(0, end);
    const fork = way.replace(/(#\d+)\.\d+$/, "$1");
    if (fork !== way) paths.push(fork);
    paths.push(way);
    if (end < 0) break;
  }
  return paths;
}

/** Keeps count of places, and of how many there are at or below each path. */
export function createUnasked<Of extends Seen>(): Unasked<Of> {
  const places = new Map<string, Of>();
  const counts = new Map<string, number>();

  function count(path: string, change: number): void {
    for (const prefix of above(path)) {
      const next = (counts.get(prefix) ?? 0) + change;
      if (next === 0) counts.delete(prefix);
      else counts.set(prefix, next);
    }
  }

  return {
    add(key, seen) {
      if (places.has(key)) return;
      places.set(key, seen);
      count(seen.path, 1);
    },
    get: (key) => places.get(key),
    take(key) {
      const seen = places.get(key);
      if (seen === undefined) return;
      places.delete(key);
      count(seen.path, -1);
    },
    below(path) {
      if (!counts.has(path)) return undefined;
      for (const seen of places.values()) if (path === "" || above(seen.path).includes(path)) return seen;
      return undefined;
    },
    get size() {
      return places.size;
    },
  };
}
