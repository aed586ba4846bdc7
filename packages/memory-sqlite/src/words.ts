import { int, type Row, type Value } from "./values.ts";

/** What is known of the index of words as a whole. Whoever remembers something of it can see whether that still holds. */
export interface Words {
  /** How many records' words are not packed yet. */
  readonly recent: number;
  /** What is recent is as it was, but for what was added at its end, as long as this is the same. */
  readonly recentState: string;
  /** How often recent words were packed. */
  readonly packed: number;
  /** Nothing has been taken out of what is packed as long as this is the same. */
  readonly taken: number;
}

/** Reads what is known of the index of words. */
export function readWords(db: { get(sql: string, ...values: Value[]): Row | undefined }): Words {
  const row = db.get("select recent, packed, changed, taken from words");
  const [recent, packed, changed, taken] = ["recent", "packed", "changed", "taken"].map((name) => int(row?.[name]));
  return { recent: recent ?? 0, recentState: `${packed}.${changed}`, packed: packed ?? 0, taken: taken ?? 0 };
}
