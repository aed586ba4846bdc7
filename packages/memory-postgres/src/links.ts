import { linkTypes, type Link } from "@brainops/core";
import { loadKeys, openText, type Context } from "./context.ts";
import { bodiesOf, int, text, type Row } from "./handle.ts";
import { linkPlace } from "./places.ts";

type Direction = "from" | "to";

/** Gives the arrows from or towards a record, oldest first. */
export type LinkReader = (id: string, direction: Direction) => Promise<Link[]>;

/** What was asked at the same time, and will be answered by one statement. */
interface Together {
  readonly from: Set<string>;
  readonly to: Set<string>;
  readonly answer: Promise<(id: string, direction: Direction) => Link[]>;
}

/** Makes a reader that asks once for all who ask at the same time, as one does who looks at the links of many records. */
export function makeLinkReader(context: Context): LinkReader {
  let gathering: Together | undefined;
  const gather = (): Together => {
    const [from, to] = [new Set<string>(), new Set<string>()];
    const answer = (async () => {
      await Promise.resolve();
      gathering = undefined;
      return readLinks(context, [...from], [...to]);
    })();
    return { from, to, answer };
  };
  return async (id, direction) => {
    gathering ??= gather();
    gathering[direction].add(id);
    return (await gathering.answer)(id, direction);
  };
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
