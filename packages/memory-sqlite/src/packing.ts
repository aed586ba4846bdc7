import { isBrainOpsError } from "@brainops/core";
import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { addPostings } from "./postings.ts";
import type { Postings } from "./posting-block.ts";
import { readPacking, type PackingState } from "./packing-state.ts";
import { eachTerm } from "./recent.ts";

/** Packs the words of recent records in slices, between commits and when there is nothing else to do. */
export interface Packer {
  /** Packs for at most about so many milliseconds, in one transaction. `false` when there is nothing left to pack. */
  slice(ms: number): boolean;
}

/** What is to be packed, by term; made anew when a recent record has been taken away meanwhile. */
interface Plan {
  readonly state: PackingState;
  readonly postings: Map<number, Postings>;
  /** The last record whose terms are in it; the bound when it is complete. */
  read: number;
  /** All terms, ascending, once it is complete. */
  tokens: Float64Array | undefined;
}

/** Makes the packer of a store. What another process began, it goes on with. */
export function makePacker(context: Context): Packer {
  let plan: Plan | undefined;
  if (readPacking(context).scope > 0) context.unpacked.add(readPacking(context).scope);
  const work = (until: number): void => {
    const state = readPacking(context);
    if (state.scope === 0) return begin(context);
    if (plan === undefined || !isFor(plan, state)) plan = { state, postings: new Map(), read: -1, tokens: undefined };
    const tokens = plan.tokens ?? complete(context, plan, until);
    if (tokens === undefined) return;
    let { term } = state;
    let done = true;
    for (let i = firstAfter(tokens, term); i < tokens.length; i++) {
      if (performance.now() > until) {
        done = false;
        break;
      }
      term = tokens[i] ?? term;
      const postings = plan.postings.get(term);
      if (postings !== undefined) addPostings(context, state.scope, term, postings);
    }
    if (!done) return void context.db.run("update packing set term = ?", term);
    finish(context, state);
    plan = undefined;
  };
  return {
    slice(ms) {
      if (context.unpacked.size === 0) return false;
      const { db } = context;
      try {
        db.run("begin immediate");
        work(performance.now() + ms);
        db.run("commit");
      } catch (error) {
        plan = undefined;
        try {
          db.run("rollback");
        } catch {
          // Not begun, or rolled back already.
        }
        // A store that is busy, full or read-only loses nothing by packing later; commits will say what is wrong.
        if (!isBrainOpsError(error)) throw error;
        context.unpacked.clear();
      }
      return context.unpacked.size > 0;
    },
  };
}

/** Settles which scope is packed next, and up to which record. */
function begin(context: Context): void {
  const { db } = context;
  const [scope] = context.unpacked;
  if (scope === undefined) return;
  const bound = int(db.get("select max(record) as bound from recent where scope = ?", scope)?.["bound"]);
  if (bound === 0) context.unpacked.delete(scope);
  else db.run("update packing set scope = ?, bound = ?, term = -1", scope, bound);
}

function isFor({ state }: Plan, { generation, scope, bound }: PackingState): boolean {
  return state.generation === generation && state.scope === scope && state.bound === bound;
}

/** Reads on in the recent records; gives all terms when the last has been read. */
function complete({ db }: Context, plan: Plan, until: number): Float64Array | undefined {
  const { postings, state } = plan;
  while (plan.read < state.bound) {
    if (performance.now() > until) return undefined;
    const rows = db.all(
      "select record, terms from recent where scope = ? and record > ? and record <= ? order by record limit 256",
      state.scope,
      plan.read,
      state.bound,
    );
    for (const row of rows) {
      const record = int(row["record"]);
      eachTerm(bytes(row["terms"]), (token, frequency) => {
        let list = postings.get(token);
        if (list === undefined) postings.set(token, (list = { records: [], frequencies: [] }));
        list.records.push(record);
        list.frequencies.push(frequency);
      });
      plan.read = record;
    }
    if (rows.length < 256) plan.read = state.bound;
  }
  return (plan.tokens = new Float64Array(postings.keys()).sort());
}

/** All terms are packed: the rows that held them can go. */
function finish({ db, unpacked }: Context, { scope, bound }: PackingState): void {
  const { changes } = db.run("delete from recent where scope = ? and record <= ?", scope, bound);
  db.run("update scopes set recent = recent - ? where n = ?", changes, scope);
  db.run("update packing set generation = generation + 1, scope = 0, bound = 0, term = -1");
  unpacked.delete(scope);
}

function firstAfter(tokens: Float64Array, term: number): number {
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] ?? 0) <= term) low = middle + 1;
    else high = middle;
  }
  return low;
}
