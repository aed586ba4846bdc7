import type { Change } from "@brainops/core";
import { setTimeout as sleep } from "node:timers/promises";
import { compareText, type Context } from "./context.ts";
import { learnFinal } from "./final.ts";
import { int, text } from "./handle.ts";

/** So long a commit that has a lower position and is still under way is waited for, in milliseconds. */
const longestWait = 2000;

/**
 * What was put into a scope and what is gone from it after a position, in order; one commit's changes are never parted.
 * Only what is below every commit under way is told, or one that ends late would never be.
 */
export async function readChanges(context: Context, path: string, after: number, limit: number): Promise<Change[]> {
  const { db, s, sealer } = context;
  const most = Number.isFinite(limit) ? limit : null;
  const deadline = performance.now() + longestWait;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    // Asked first, so that what lies below it is seen by what is asked next.
    const horizon = (await learnFinal(context)).below;
    const rows = await db.query(`select seq, id, gone, safe from ${s}.changes_1($1, $2, $3, $4)`, [
      sealer.token("scope", path),
      after,
      most,
      horizon,
    ]);
    const unsafe = rows.some((row) => row["safe"] === false);
    if (unsafe && performance.now() < deadline) {
      await sleep(pause);
      continue;
    }
    const changes = rows
      .filter((row) => row["safe"] === true)
      .map((row): Change => ({
        position: int(row["seq"]),
        id: text(row["id"]),
        type: row["gone"] === true ? "gone" : "put",
      }))
      .sort((a, b) => a.position - b.position || compareText(a.id, b.id));
    const end = changes[Math.min(limit, changes.length) - 1]?.position;
    return end === undefined ? [] : changes.filter(({ position }) => position <= end);
  }
}
