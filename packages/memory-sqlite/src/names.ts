import { beginnings } from "@brainops/core/sealing";
import type { Context } from "./context.ts";
import type { Row } from "./handle.ts";

/** What has a name that is listed by its beginning. */
export type Named = "document" | "stream";

/** Enters a name under each of its beginnings, as keyed tokens. Within a transaction. */
export function addName({ db, sealer }: Context, kind: Named, name: string, n: number): void {
  for (const beginning of beginnings(name))
    db.run(
      "insert or ignore into beginnings (token, n) values (?, ?)",
      sealer.token(`${kind}-beginning`, beginning),
      n,
    );
}

/** Takes a name out again. Within a transaction. */
export function removeName({ db, sealer }: Context, kind: Named, name: string, n: number): void {
  for (const beginning of beginnings(name))
    db.run("delete from beginnings where token = ? and n = ?", sealer.token(`${kind}-beginning`, beginning), n);
}

/** Rows of what may have a name with this prefix; `select` reads its table, and ends where a condition may follow. */
export function rowsWith({ db, sealer }: Context, kind: Named, prefix: string, select: string): readonly Row[] {
  const beginning = beginnings(prefix).at(-1);
  if (beginning === undefined) return db.all(select);
  const token = sealer.token(`${kind}-beginning`, beginning);
  return db.all(`${select} where n in (select n from beginnings where token = ?)`, token);
}
