import type { Context, Final } from "./context.ts";
import { int } from "./handle.ts";

/**
 * Asks below which position everything is final: that of the oldest commit to this store that is under way. Other transactions
 * of the server do not matter, however long they take.
 */
export async function learnFinal(context: Context): Promise<Final> {
  const [row] = await context.db.query(`select ${context.s}.horizon_1() as below, ${context.s}.life_1() as life`);
  return (context.final = { life: int(row?.["life"]), below: int(row?.["below"]) });
}
