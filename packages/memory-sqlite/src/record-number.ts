import type { Context } from "./context.ts";
import { int } from "./handle.ts";

/** The number of a record, if it is there. */
export function numberOf({ db }: Context, id: string): number | undefined {
  const row = db.get("select n from records where id = ?", id);
  return row && int(row["n"]);
}
