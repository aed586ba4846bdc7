import type { RecentTerms as Terms } from "@brainops/core/postings";

/** Records whose words are not packed yet: those that are gone are negative. */
export interface RecentTerms extends Terms {
  readonly ids: Map<number, string>;
  /** No id of theirs is smaller. */
  leastId: string;
  readonly gone: Set<number>;
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
