import type { Context } from "./context.ts";
import { int } from "./handle.ts";

/** Below which position all that was ever committed is seen by whoever reads now. */
export interface Final {
  /** In which life of the server: in another, positions may be given again. */
  readonly life: number;
  readonly below: number;
}

/**
 * Asks below which position everything is final: that of the oldest commit to this store that is under way. Other transactions
 * of the server do not matter, however long they take.
 */
export async function learnFinal(context: Context): Promise<Final> {
  const [row] = await context.db.query(`select ${context.s}.horizon_1() as below, ${context.s}.life_1() as life`);
  return (context.final = { life: int(row?.["life"]), below: int(row?.["below"]) });
}
