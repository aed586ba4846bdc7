import type { Context } from "./context.ts";

/**
 * Adds one row to the journal, only if it directly follows the last one that this process knows of. Its number is bound
 * twice: the SQLite of Node 22.13 cannot bind values to numbered parameters.
 */
export function addRow(
  context: Context,
  stream: number,
  position: number,
  count: number,
  body: Uint8Array | null,
): void {
  const seq = context.last + 1;
  context.db.run(insertRow, seq, seq, stream, position, count, body);
  // What this process adds it need not look for.
  if (context.looked === context.last) context.looked = seq;
  if (context.wakesLooked === context.last) context.wakesLooked = seq;
  context.last = seq;
}

const insertRow = `insert into journal (seq, stream, position, count, body) values
  (?, iif(? = 1 + ifnull((select max(seq) from journal), 0), ?, null), ?, ?, ?)`;
