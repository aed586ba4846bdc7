import type { Entry, Place } from "../contracts/journal.ts";

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
  at(place: Place): PlaceHistory;
  /** Takes in an entry that was just made. */
  add(entry: Entry): void;
  /** Lets go of a place that will not be asked for again. */
  forget(place: PlaceHistory): void;
  /** An entry of a place that was never asked for: the journal knows more than the code did. */
  unvisited(): (Entry & Place) | undefined;
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
  asked: boolean;
  attempts: MutableAttempt[];
  completed?: Completed;
}

/** Sorts the entries of a journal by the execution they belong to. */
export function createHistory(entries: readonly Entry[]): History {
  const places = new Map<string, MutablePlace>();

  function placeAt(key: string): MutablePlace {
    let place = places.get(key);
    if (place === undefined) places.set(key, (place = { key, asked: false, attempts: [] }));
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

  for (const entry of entries) add(entry);
  return {
    at(place) {
      const found = placeAt(placeKey(place));
      found.asked = true;
      return found;
    },
    add,
    forget: ({ key }) => void places.delete(key),
    unvisited: () =>
      entries.find((entry): entry is Entry & Place => "node" in entry && !placeAt(placeKey(entry)).asked),
  };
}
