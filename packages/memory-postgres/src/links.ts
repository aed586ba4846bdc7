import { linkTypes, type Link } from "@brainops/core";
import { loadKeys, openText, type Context } from "./context.ts";
import { bodiesOf, int, text, type Row } from "./handle.ts";
import { linkPlace } from "./places.ts";
import { together } from "./together.ts";

type Direction = "from" | "to";

/** Gives the arrows from or towards a record, oldest first. */
export type LinkReader = (id: string, direction: Direction) => Promise<Link[]>;

/** So many ends are asked for together: as many records as a question brings, and more. */
const endsTogether = 1000;

/** Makes a reader that asks once for all who ask at the same time, as one does who looks at the links of many records. */
export function makeLinkReader(context: Context): LinkReader {
  const linksOf = together(endsTogether, async (ends: readonly { id: string; direction: Direction }[]) => {
    const towards = (direction: Direction): string[] =>
      ends.filter((end) => end.direction === direction).map(({ id }) => id);
    const found = await readLinks(context, towards("from"), towards("to"));
    return ends.map(({ id, direction }) => found(id, direction));
  });
  return (id, direction) => linksOf({ id, direction });
}

async function readLinks(
  context: Context,
  from: readonly string[],
  to: readonly string[],
): Promise<(id: string, direction: Direction) => Link[]> {
  const { db, s } = context;
  const rows = await db.query(
    `select n, source, target, type, more from ${s}.links where source = any ($1::text[])
     union select n, source, target, type, more from ${s}.links where target = any ($2::text[]) order by n`,
    [from, to],
  );
  await loadKeys(context, bodiesOf(rows, "more"));
  const links = rows.map((row) => openLink(context, row));
  const byEnd = { from: Map.groupBy(links, (link) => link.from), to: Map.groupBy(links, (link) => link.to) };
  return (id, direction) => (byEnd[direction].get(id) ?? []).map((link) => ({ ...link }));
}

function openLink(context: Context, row: Row): Link {
  const [from, to, number, more] = [text(row["source"]), text(row["target"]), int(row["type"]), row["more"]];
  return {
    from,
    to,
    type: linkTypes[number] ?? "about",
    ...(more instanceof Uint8Array
      ? (JSON.parse(openText(context, linkPlace(from, to, number), more)) as Pick<Link, "reason" | "createdAt">)
      : {}),
  };
}
