import { loadKeys, nameOf, type Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { chunkPlace } from "./places.ts";

/** The bytes of a blob, if it is there. */
export async function readBlob(context: Context, path: string, id: string): Promise<Uint8Array | undefined> {
  const { db, s, sealer } = context;
  const name = nameOf(context, "blob", `${path}\n${id}`);
  const rows = await db.query(
    `select b.parts, c.body from ${s}.blobs b join ${s}.chunks c on c.blob = b.name where b.name = $1 order by c.part`,
    [name],
  );
  if (rows.length === 0) return undefined;
  await loadKeys(
    context,
    rows.map((row) => bytes(row["body"])),
  );
  const parts = int(rows[0]?.["parts"]);
  return new Uint8Array(
    Buffer.concat(rows.map((row, i) => sealer.open(chunkPlace(name, i, parts), bytes(row["body"])))),
  );
}
