/** Records whose words are not packed yet, their terms side by side, so that looking for some is one run over an array. */
export interface RecentTerms {
  size: number;
  lows: Uint32Array;
  highs: Uint16Array;
  counts: Uint8Array;
  /** The record of each row, negative when it is gone, and where its terms end. */
  readonly records: number[];
  readonly ends: number[];
  readonly ids: Map<number, string>;
  /** By how much they change the scope's figures. */
  total: number;
  totalLength: number;
}

/** What a process remembers of a scope's recent records: those of commits below which nothing is under way. */
export interface Remembered {
  generation: number;
  horizon: number;
  terms: RecentTerms;
}

/** Recent records of scopes, remembered from query to query. */
export type RecentCache = Map<number, Remembered>;
