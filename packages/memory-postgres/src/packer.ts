import { isBrainOpsError, type Commit } from "@brainops/core";
import type { Context } from "./context.ts";
import { int } from "./handle.ts";
import { mergedTogether, mergeSegments } from "./merging.ts";
import { packScope } from "./packing.ts";
import { packingSize } from "./words.ts";

/** Packs the words of recent records into postings, beside the commits, one scope at a time. */
export interface Packer {
  /** Is told what was committed, so that it knows what there is to pack. */
  committed(commit: Commit): void;
  /** Packs what a query has found to be unpacked. */
  nudge(): void;
  /** Takes what was erased out of everything that is packed. */
  purge(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the packer of a store. */
export function makePacker(context: Context): Packer {
  /** So many records were put by this process since it last packed a scope, by path. */
  const put = new Map<string, number>();
  let working: Promise<void> | undefined;
  let stopped = false;

  const work = async (): Promise<void> => {
    while (context.unpacked.size > 0 && !stopped) {
      const [scope] = context.unpacked;
      if (scope === undefined) return;
      context.unpacked.delete(scope);
      const { more, segments } = await packScope(context, scope, { whole: false });
      if (more) context.unpacked.add(scope);
      while (!stopped && segments >= mergedTogether && (await mergeSegments(context, scope)));
    }
  };
  const begin = (): void => {
    if (stopped) return;
    working ??= work()
      // A store that is busy or away loses nothing by packing later; commits will say what is wrong.
      .catch((error: unknown) => {
        if (!isBrainOpsError(error)) throw error;
      })
      .finally(() => {
        working = undefined;
        if (context.unpacked.size > 0) begin();
      });
  };
  return {
    committed({ writes }) {
      for (const write of writes) {
        if (write.type !== "record") continue;
        const count = (put.get(write.record.scope) ?? 0) + 1;
        const scope = context.scopes.get(write.record.scope);
        if (count < packingSize(scope?.records ?? 0) || scope === undefined) {
          put.set(write.record.scope, count);
          continue;
        }
        put.delete(write.record.scope);
        context.unpacked.add(scope.n);
      }
      if (put.size > 50_000) put.clear();
      if (context.unpacked.size > 0) begin();
    },
    nudge() {
      if (context.unpacked.size > 0) begin();
    },
    async purge() {
      const rows = await context.db.query(`select distinct scope from ${context.s}.recent where sign < 0`);
      for (const row of rows) while ((await packScope(context, int(row["scope"]), { whole: true })).more);
    },
    async stop() {
      stopped = true;
      await working;
    },
  };
}
