import { isBrainOpsError } from "@brainops/core";
import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { mergeSegments } from "./merging.ts";
import { packChunks, type Postings } from "./posting-chunk.ts";
import { writeBlocks } from "./posting-block.ts";
import { addBlocks, addSegment } from "./postings.ts";
import { eachTerm } from "./recent.ts";

/** Packs the words of recent records in slices, between commits and when there is nothing else to do. */
export interface Packer {
  /** Packs for at most about so many milliseconds, in one transaction. `false` when there is nothing left to pack. */
  slice(ms: number): boolean;
}

/** So many records are packed together: as long as that takes, a commit may have to wait. */
export const packedTogether = 512;

/** Makes the packer of a store. What another process began, it goes on with. */
export function makePacker(context: Context): Packer {
  const { db, unpacked } = context;
  return {
    slice(ms) {
      if (unpacked.size === 0) return false;
      const until = performance.now() + ms;
      try {
        // Nothing is lost when the power fails: then it is packed again. The next commit syncs the log for both.
        db.exec("pragma synchronous = normal");
        db.run("begin immediate");
        for (const scope of unpacked) {
          if (performance.now() > until) break;
          while (packRecent(context, scope) && performance.now() < until);
          if (performance.now() < until && !mergeSegments(context, scope, until)) unpacked.delete(scope);
        }
        db.run("commit");
      } catch (error) {
        try {
          db.run("rollback");
        } catch {
          // Not begun, or rolled back already.
        }
        // A store that is busy, full or read-only loses nothing by packing later; commits will say what is wrong.
        if (!isBrainOpsError(error)) throw error;
        unpacked.clear();
      } finally {
        db.exec(`pragma synchronous = ${context.synchronous}`);
      }
      return unpacked.size > 0;
    },
  };
}

/** Packs the oldest recent records of a scope into a segment of their own. `false` when there are too few. */
function packRecent(context: Context, scope: number): boolean {
  const { db } = context;
  if (int(db.get("select recent from scopes where n = ?", scope)?.["recent"]) < packedTogether) return false;
  const rows = db.all(
    "select record, terms from recent where scope = ? order by record limit ?",
    scope,
    packedTogether,
  );
  const postings = new Map<number, Postings>();
  for (const row of rows) {
    const record = int(row["record"]);
    eachTerm(bytes(row["terms"]), (token, frequency) => {
      let list = postings.get(token);
      if (list === undefined) postings.set(token, (list = { records: [], frequencies: [] }));
      list.records.push(record);
      list.frequencies.push(frequency);
    });
  }
  const low = int(rows[0]?.["record"]);
  const high = int(rows.at(-1)?.["record"]);
  const segment = addSegment(context, scope, 0, low, high);
  addBlocks(context, scope, segment, writeBlocks(chunksOf(postings)));
  db.run("delete from recent where scope = ? and record <= ?", scope, high);
  db.run("update scopes set recent = recent - ?, generation = generation + 1 where n = ?", rows.length, scope);
  return true;
}

function* chunksOf(postings: ReadonlyMap<number, Postings>): Generator<ReturnType<typeof packChunks>[number]> {
  for (const term of new Float64Array(postings.keys()).sort()) {
    const list = postings.get(term);
    if (list !== undefined) yield* packChunks(term, list);
  }
}
