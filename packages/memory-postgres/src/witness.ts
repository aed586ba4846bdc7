import { BrainOpsError, type Commit } from "@brainops/core";
import { nameOf, type Context } from "./context.ts";
import type { Query } from "./database.ts";
import { bytes, int } from "./handle.ts";

/** Sees to it that what was acknowledged to this process is still there when the server has failed, or is another one. */
export interface Witness {
  /** Is told of each commit that was acknowledged, in order. */
  acknowledged(commit: Commit): void;
  /** Looks, on a connection, whether the server is as it was. Throws `store_rolled_back` when it lacks what was acknowledged. */
  look(query: Query): Promise<void>;
}

/**
 * Makes the witness of a store. A server, and a standby that takes its place, have all up to some moment and nothing after it. So if the
 * last commit that was acknowledged is there, all before it are.
 */
export async function makeWitness(context: Context): Promise<Witness> {
  const { db, s } = context;
  const lifeOf = async (query: Query): Promise<number> =>
    int((await query(`select ${s}.life_1() as life`))[0]?.["life"]);
  let life = await lifeOf(db.query);
  let last: Commit | undefined;
  return {
    acknowledged: (commit) => void (last = commit),
    async look(query) {
      const now = await lifeOf(query);
      if (now === life) return;
      await forget(context, query);
      if (last !== undefined && !(await isThere(context, query, last)))
        throw new BrainOpsError(
          "store_rolled_back",
          `The store in schema ${db.schemaName} lacks what it had acknowledged: its server was set back, or another took its place before it had ` +
            "everything. What was done here lately is lost. Close the store and open it again to go on from what is there.",
          { details: { schema: db.schemaName, commit: last.id } },
        );
      life = now;
    },
  };
}

/** Whether a commit is there: by its id, or by the entry that it appended, unless that was trimmed meanwhile. */
async function isThere(context: Context, query: Query, { id, writes }: Commit): Promise<boolean> {
  const { s } = context;
  const commit = nameOf(context, "commit", id);
  const owned = writes.find((write) => write.type === "append" && write.expectedPosition !== undefined);
  const [stream, position] =
    owned?.type === "append" ? [nameOf(context, "stream", owned.stream), owned.expectedPosition ?? 0] : [commit, 0];
  const [row] = await query(
    `select exists (select from ${s}.commits where id = $1)
       or exists (select from ${s}.journal where stream = $2 and position = $3 and commit = $1)
       or exists (select from ${s}.streams where name = $2 and base > $3) as there`,
    [commit, stream, position],
  );
  return row?.["there"] === true;
}

/** Forgets what the server may have forgotten: numbers of keys may have been given again, and streams may have lost their names. */
async function forget(context: Context, query: Query): Promise<void> {
  const { s, sealer, scopes, scopesByNumber, streams } = context;
  const rows = await query(
    `select sc.n, sc.key, k.wrapped from ${s}.scopes sc join ${s}.keys k on k.id = sc.key where sc.n = any ($1::bigint[])`,
    [[...scopesByNumber.keys()]],
  );
  const held = new Map(rows.map((row) => [int(row["n"]), row]));
  sealer.dropScopeKeys();
  for (const row of rows) sealer.addKey(int(row["key"]), bytes(row["wrapped"]));
  for (const [n, { path, key }] of scopesByNumber) {
    if (int(held.get(n)?.["key"]) === key) continue;
    scopesByNumber.delete(n);
    scopes.delete(path);
  }
  streams.clear();
}
