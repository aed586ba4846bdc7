/** The recent records of one scope, their terms side by side, so that looking for some is one run over an array. */
export interface RecentTerms {
  readonly generation: number;
  /** The newest record in it. */
  readonly last: number;
  readonly size: number;
  /** The record of each row, and where its terms end. */
  readonly records: readonly number[];
  readonly ends: readonly number[];
  readonly lows: Uint32Array;
  readonly highs: Uint16Array;
  readonly counts: Uint8Array;
}
