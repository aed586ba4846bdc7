import type { Context } from "./context.ts";
import { int } from "./handle.ts";

/**
 * How far the packing of recent records has come. Only one scope is packed at a time: of its recent records up to `bound`,
 * the terms up to and with `term` are in `postings` already, and do not count where they stand among the recent ones.
 */
export interface PackingState {
  /** Grows whenever a row of `recent` is taken away or put among older ones. */
  readonly generation: number;
  /** 0 when nothing is being packed. */
  readonly scope: number;
  readonly bound: number;
  readonly term: number;
}

/** Reads the state. */
export function readPacking(context: Context): PackingState {
  const row = context.db.get("select generation, scope, bound, term from packing");
  return {
    generation: int(row?.["generation"]),
    scope: int(row?.["scope"]),
    bound: int(row?.["bound"]),
    term: int(row?.["term"]),
  };
}

/** Says that readers must read the recent records anew. Within a transaction. */
export function changeRecent(context: Context): void {
  context.db.run("update packing set generation = generation + 1");
}

/** Whether a recent record's term has been packed already. */
export function isPacked(state: PackingState, scope: number, record: number, term: number): boolean {
  return state.scope === scope && record <= state.bound && term <= state.term;
}
