import type { Entry, Place } from "../contracts/journal.ts";
import { createUnasked, type Seen } from "./unasked.ts";

type Completed = Extract<Entry, { type: "node-completed" }>;
type Failed = Extract<Entry, { type: "node-failed" }>;

/** What a journal says about one try of a node. */
export interface AttemptHistory {
  /** Entries of its calls, in order, up to its end. */
  readonly entries: readonly Entry[];
  /** How it failed, when it did. */
  readonly failed?: Failed;
}

/** What a journal says about one execution of a node. */
export interface PlaceHistory {
  readonly key: string;
  readonly attempts: readonly AttemptHistory[];
  readonly completed?: Completed;
}

/** A journal, looked up by place. */
export interface History {
  /** Fetches what the journal has of a place, where that is not at hand: to be waited for before the place is asked for. */
  load?(place: Place): Promise<void> | undefined;
  at(place: Place): PlaceHistory;
  /** Takes in an entry that was just made. */
  add(entry: Entry): void;
  /** Lets go of a place that will not be asked for again. */
  forget(place: PlaceHistory): void;
  /** The first entry of a place at or below a path that was never asked for: the journal knows more than the code did. */
  unvisited(path: string): Seen | undefined;
  /** Whether every place that the journal had was asked for. */
  passed(): boolean;
}

/** Names one execution of a node within a run. */
export function placeKey(place: Place): string {
  return `${place.path}/${place.node}#${place.visit}`;
}

interface MutableAttempt {
  entries: Entry[];
  failed?: Failed;
}

interface MutablePlace {
  readonly key: string;
  attempts: MutableAttempt[];
  completed?: Completed;
}

/**
 * Sorts the entries of a journal by the execution they belong to. Of what was over `before` the first of them nothing is
 * asked any more; an effect that was cut off may come in late.
 */
export function createHistory(entries: readonly Entry[], before: (place: Place) => boolean = () => false): History {
  const places = new Map<string, MutablePlace>();
  const unasked = createUnasked();

  /** The place that was asked for last. Where one node follows the other it is done with before the next, and needs no map. */
  let current: MutablePlace | undefined;

  function placeAt(key: string): MutablePlace {
    if (current?.key === key) return current;
    let place = places.size === 0 ? undefined : places.get(key);
    if (place !== undefined) return place;
    if (current !== undefined) places.set(current.key, current);
    place = { key, attempts: [] };
    current = place;
    return place;
  }

  function add(entry: Entry): void {
    if (!("node" in entry)) return;
    const place = placeAt(placeKey(entry));
    if (entry.type === "node-completed") {
      place.completed = entry;
      return;
    }
    while (place.attempts.length < entry.attempt) place.attempts.push({ entries: [] });
    const attempt = place.attempts[entry.attempt - 1] as MutableAttempt;
    if (entry.type === "node-failed") attempt.failed = entry;
    // What came in after the end of its try was never seen by the node.
    else if (attempt.failed === undefined && place.completed === undefined) attempt.entries.push(entry);
  }

  for (const entry of entries) {
    add(entry);
    if (!("node" in entry)) continue;
    if (!before(entry)) unasked.add(placeKey(entry), entry);
  }
  return {
    at(place) {
      const key = placeKey(place);
      if (unasked.size > 0) unasked.take(key);
      return placeAt(key);
    },
    add,
    forget({ key }) {
      if (current?.key === key) current = undefined;
      else places.delete(key);
    },
    passed: () => unasked.size === 0,
    unvisited: unasked.below,
  };
}
