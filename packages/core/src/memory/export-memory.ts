import { createHash, randomUUID } from "node:crypto";
import { BrainOpsError } from "../contracts/error.ts";
import { linkTypes, recordKinds, trustLevels, type Link } from "../contracts/record.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { checkScope } from "../sealing/check.ts";

/** The first line of an export. */
interface Head {
  readonly brainops: "memory";
  readonly format: 1;
  readonly scope: string;
  /** Names this export, so that importing it twice is importing it once. */
  readonly id: string;
}

/** The last line of an export: without it, it was cut off. */
interface End {
  readonly end: { readonly records: number; readonly links: number };
}

type Line = Head | StoredRecord | { readonly link: Link } | End;

const pageSize = 200;
/** A record of more versions is not taken in: each of them is a write. */
const mostVersions = 10_000;

/**
 * Writes what is remembered in a scope, and below it, as lines of JSON: a head, then every record with its counters, then
 * the links between them, then how many there were. In plain text: what was sealed is readable there. Records that are written meanwhile may or may
 * not be in it. Each line ends with a line feed.
 *
 * Errors: `invalid_input` without a scope, and those of the store.
 *
 * @example
 * ```ts
 * import { exportMemory } from "@brainops/core/memory";
 * import { memoryStore } from "@brainops/core/testing";
 * const store = await memoryStore().open();
 * for await (const line of exportMemory(store, "acme")) process.stdout.write(line);
 * ```
 */
export async function* exportMemory(store: Store, scope: string): AsyncGenerator<string> {
  checkScope(scope);
  const head: Head = { brainops: "memory", format: 1, scope, id: randomUUID() };
  yield toLine(head);
  const ids: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await store.find({ scope }, { limit: pageSize, ...(after === undefined ? {} : { after }) });
    for (const { record, counters } of page) {
      ids.push(record.id);
      yield toLine({ record, counters });
    }
    after = page.at(-1)?.record.id;
    if (page.length < pageSize || after === undefined) break;
  }
  const inside = new Set(ids);
  let links = 0;
  for (const id of ids)
    for (const link of await store.links(id))
      if (inside.has(link.to)) {
        yield toLine({ link });
        links++;
      }
  yield toLine({ end: { records: ids.length, links } });
}

/** What an import did. */
export interface ImportSummary {
  /** The scope that was exported: the records are in the same one again. */
  readonly scope: string;
  /** How many records the export has, those that were there already included. */
  readonly records: number;
  /** How many arrows it has, those that were there already included. */
  readonly links: number;
}

/**
 * Takes in what {@link exportMemory} wrote, line by line or in any other pieces. Records keep their ids, versions, times and
 * counters. Importing the same export again, also after one that was broken off, changes nothing that is there already.
 *
 * Errors: `invalid_input` when a line is no part of an export, or lines are missing (those that are there stay), `conflict` when a record with the same id is there already
 * that did not come from this export. Pages before that one stay.
 *
 * @example
 * ```ts
 * import { createReadStream } from "node:fs";
 * import { importMemory } from "@brainops/core/memory";
 * import { memoryStore } from "@brainops/core/testing";
 * const store = await memoryStore().open();
 * const { records } = await importMemory(store, createReadStream("memory.jsonl", "utf8"));
 * ```
 */
export async function importMemory(store: Store, pieces: AsyncIterable<string>): Promise<ImportSummary> {
  let head: Head | undefined;
  let [records, links, at] = [0, 0, 0];
  let ended = false;
  let writes: Write[] = [];
  const flush = async (): Promise<void> => {
    if (writes.length === 0 || head === undefined) return;
    const digest = createHash("sha256").update(JSON.stringify(writes)).digest("hex").slice(0, 16);
    await store.commit({ id: `import/${head.id}/${at}/${digest}`, writes });
    writes = [];
  };
  for await (const text of linesOf(pieces)) {
    const line = fromLine(text, ++at);
    ended = "end" in line && line.end.records === records && line.end.links === links;
    if ("brainops" in line) head = line;
    else if (head === undefined) throw refused(at, "the first line of an export");
    else if ("end" in line) continue;
    else if ("link" in line) {
      writes.push({ type: "link", link: line.link });
      links++;
    } else {
      writes.push(...putWrites(line));
      records++;
    }
    if (writes.length >= pageSize) await flush();
  }
  if (head === undefined) throw refused(1, "the first line of an export");
  // The rest of an export that was cut off is left out: as part of the whole one it is another commit.
  if (!ended)
    throw new BrainOpsError(
      "invalid_input",
      `The export is not whole: it ends with line ${at}. Import the whole one: what is in already stays, and it goes on.`,
      { details: { line: at } },
    );
  await flush();
  return { scope: head.scope, records, links };
}

/** A store takes versions one by one, so a record that was changed is put as often. */
export function putWrites({ record, counters }: StoredRecord): Write[] {
  const writes = Array.from({ length: record.version }, (_, i): Write => ({
    type: "record",
    record: { ...record, version: i + 1 },
  }));
  for (const counter of ["uses", "tries", "successes"] as const)
    if (counters[counter] !== 0) writes.push({ type: "count", id: record.id, counter, by: counters[counter] });
  return writes;
}

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield line;
  }
  if (rest.trim() !== "") yield rest;
}

function toLine(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

function fromLine(text: string, at: number): Line {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw refused(at, "a line of JSON");
  }
  if (typeof line !== "object" || line === null) throw refused(at, "a record or a link");
  const { brainops, format, record, counters, link, end } = line as Partial<Head & StoredRecord & { link: Link } & End>;
  if (brainops === "memory" && format === 1) return line as Head;
  if (
    record !== undefined &&
    counters !== undefined &&
    recordKinds.includes(record.kind) &&
    trustLevels.includes(record.trust) &&
    [record.tags, record.subjects].every(Array.isArray) &&
    typeof record.provenance === "object" &&
    Number.isSafeInteger(record.version) &&
    record.version <= mostVersions
  )
    return line as StoredRecord;
  if (typeof end === "object" && end !== null) return { end };
  if (link !== undefined && linkTypes.includes(link.type)) return line as { link: Link };
  throw refused(at, "a head, a record or a link of an export of memory");
}

function refused(at: number, expected: string): BrainOpsError {
  return new BrainOpsError("invalid_input", `Line ${at} is not ${expected}. Give what exportMemory wrote.`, {
    details: { line: at },
  });
}
