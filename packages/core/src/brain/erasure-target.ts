import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { MemoryRecord } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import { isWithin } from "../recall/fits-filter.ts";
import type { Started } from "../run/execute.ts";
import type { EraseOptions } from "./erase-options.ts";
import { findPhrases, findWord } from "./find-phrases.ts";
import { requireStart } from "./journals.ts";

/** What is to be erased, as it is recognised in journals. */
export interface Target {
  /** The records that are there. */
  readonly ids: readonly string[];
  /** Whether all values of a run go, by what the run is. */
  takesAll(started: Started): boolean;
  /** Whether one quote is enough for all values of a run to go. */
  readonly spreads: boolean;
  /** The positions in a run's journal where it made one of the records. */
  madeAt(started: Started): ReadonlySet<number>;
  /** Whether a value holds one of the records, or its id. */
  quotes(value: Json | undefined): boolean;
  /** Whether a text repeats that of one of the records. */
  repeats(text: string): boolean;
  /** Whether a text speaks of what is erased at all. */
  mentions(text: string): boolean;
}

const pageSize = 200;

/** Finds the records that are to be erased, and how they are recognised. Errors: `invalid_input`, `not_found`. */
export async function findTarget(store: Store, options: EraseOptions): Promise<Target> {
  const { scope, subject, run } = options;
  if (options.ids === undefined && scope === undefined && subject === undefined && run === undefined)
    throw new BrainOpsError("invalid_input", "Say what to erase: ids, a scope, a subject or a run.");
  const records = new Map<string, MemoryRecord>();
  const add = (found: readonly { readonly record: MemoryRecord }[]): void => {
    for (const { record } of found) records.set(record.id, record);
  };
  add(await store.records(options.ids ?? []));
  if (subject !== undefined) await addAbout(store, subject, records);
  if (scope !== undefined) for await (const page of pages(store, scope)) add(page);
  if (run !== undefined) {
    const started = await requireStart(store, run);
    for await (const page of pages(store, started.scope))
      add(page.filter(({ record }) => record.provenance.run === run));
  }
  const ids = new Set([...(options.ids ?? []), ...records.keys()]);
  const texts = findPhrases([...records.values()].map(({ text }) => text));
  const named = findPhrases(ids);
  const word = subject === undefined ? undefined : findWord(subject);
  const made = madeBy(records.values());

  const isRecord = (value: { readonly [key: string]: Json | undefined }): boolean =>
    typeof value["kind"] === "string" &&
    typeof value["text"] === "string" &&
    ((typeof value["id"] === "string" && ids.has(value["id"])) ||
      (scope !== undefined && typeof value["scope"] === "string" && isWithin(value["scope"], scope)) ||
      (subject !== undefined && Array.isArray(value["subjects"]) && value["subjects"].includes(subject)));

  function quotes(value: Json | undefined): boolean {
    if (typeof value === "string") return named(value);
    if (typeof value !== "object" || value === null) return false;
    if (Array.isArray(value)) return value.some(quotes);
    const object = value as { readonly [key: string]: Json | undefined };
    return isRecord(object) || Object.entries(object).some(([key, member]) => named(key) || quotes(member));
  }

  return {
    ids: [...records.keys()],
    takesAll: (started) =>
      [{ run: started.run, scope: started.scope }, ...(started.forkOf ?? [])].some(
        (origin) => origin.run === run || (scope !== undefined && isWithin(origin.scope, scope)),
      ),
    spreads: subject !== undefined,
    madeAt(started) {
      const positions = new Set(made.get(started.run));
      // A fork begins with the entries of others, at the same positions.
      for (const origin of started.forkOf ?? [])
        for (const position of made.get(origin.run) ?? []) if (position < origin.position) positions.add(position);
      return positions;
    },
    quotes,
    repeats: texts,
    mentions: (text) => texts(text) || named(text) || word?.(text) === true,
  };
}

/** Records about a person, and those that say that they are derived from one of them. */
async function addAbout(store: Store, subject: string, records: Map<string, MemoryRecord>): Promise<void> {
  let found = await store.about(subject);
  while (found.length > 0) {
    const derived: string[] = [];
    for (const { record } of found) {
      records.set(record.id, record);
      const links = await store.links(record.id, { direction: "to", types: ["derived-from"] });
      derived.push(...links.map(({ from }) => from));
    }
    found = await store.records([...new Set(derived)].filter((id) => !records.has(id)));
  }
}

/** The records of a scope, page by page. */
export async function* pages(
  store: Store,
  scope: string,
): AsyncGenerator<readonly { readonly record: MemoryRecord }[]> {
  let after: string | undefined;
  do {
    const page = await store.find({ scope }, { limit: pageSize, ...(after === undefined ? {} : { after }) });
    yield page;
    after = page.length < pageSize ? undefined : page.at(-1)?.record.id;
  } while (after !== undefined);
}

function madeBy(records: Iterable<MemoryRecord>): ReadonlyMap<string, readonly number[]> {
  const made = new Map<string, number[]>();
  for (const { provenance } of records) {
    if (provenance.run === undefined || provenance.position === undefined) continue;
    const positions = made.get(provenance.run);
    if (positions === undefined) made.set(provenance.run, [provenance.position]);
    else positions.push(provenance.position);
  }
  return made;
}
