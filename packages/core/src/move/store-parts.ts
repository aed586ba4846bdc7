import { createHash } from "node:crypto";
import type { Json } from "../contracts/json.ts";
import type { Link } from "../contracts/record.ts";
import type { Store, StoredDocument, StoredRecord, StreamEntry, Wake } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { canonical } from "../journal/canonical.ts";

/** Something said of each part of what a store holds, as far as it can be read from one and written to another. */
export interface EachPart<Value> {
  /** Memories. */
  readonly records: Value;
  /** Links between records. */
  readonly links: Value;
  /** Vectors of the spaces that were named. */
  readonly vectors: Value;
  /** Entries of all streams: journals, inboxes and what plugins keep. */
  readonly entries: Value;
  /** Documents. */
  readonly documents: Value;
  /** What wakes runs. */
  readonly wakes: Value;
}

/** One of the parts. */
export type StorePart = keyof EachPart<unknown>;

/** All parts. */
export const storeParts: readonly StorePart[] = ["records", "links", "vectors", "entries", "documents", "wakes"];

/** Under this key the target of a copy says where it comes from. It is no part of what is copied. */
export const markerKey = "copied-from";

/** Under this key a source may say which copy it lives on in. It is no part of what is copied. */
export const heirKey = "copied-to";

const pageSize = 200;
const atOnce = 16;

/** All records, page by page. */
export async function* recordPages(store: Store): AsyncGenerator<readonly StoredRecord[]> {
  const roots = new Set((await store.scopes()).map((scope) => scope.split("/")[0] ?? scope));
  for (const scope of roots) {
    for (let after: string | undefined; ;) {
      const page = await store.find({ scope }, { limit: pageSize, ...(after === undefined ? {} : { after }) });
      if (page.length > 0) yield page;
      after = page.at(-1)?.record.id;
      if (page.length < pageSize || after === undefined) break;
    }
  }
}

/** All links, with those of one page of records at a time. */
export async function* linkPages(store: Store): AsyncGenerator<readonly Link[]> {
  for await (const page of recordPages(store)) {
    const found: Link[] = [];
    for (let i = 0; i < page.length; i += atOnce) {
      const some = page.slice(i, i + atOnce).map(({ record }) => store.links(record.id));
      for (const links of await Promise.all(some)) found.push(...links);
    }
    yield found;
  }
}

/** All vectors of some spaces, those of one page of records in one space at a time: as writes that keep them. */
export async function* vectorPages(
  store: Store,
  spaces: readonly string[],
): AsyncGenerator<readonly Extract<Write, { type: "vector" }>[]> {
  if (spaces.length === 0) return;
  for await (const page of recordPages(store)) {
    const versions = new Map(page.map(({ record: { id, version } }) => [id, version]));
    for (const space of spaces) {
      const found = await store.vectors(space, [...versions.keys()]);
      yield found.map(({ id, vector }) => ({ type: "vector", id, version: versions.get(id) ?? 0, space, vector }));
    }
  }
}

/** All entries of all streams, page by page. */
export async function* entryPages(
  store: Store,
): AsyncGenerator<{ readonly stream: string; readonly entries: readonly StreamEntry[] }> {
  for (const stream of await store.streams("")) {
    for (let from = 0; ;) {
      const entries = await store.read(stream, { from, limit: pageSize });
      if (entries.length > 0) yield { stream, entries };
      from = (entries.at(-1)?.position ?? from) + 1;
      if (entries.length < pageSize) break;
    }
  }
}

/** All documents, page by page. */
export async function* documentPages(store: Store): AsyncGenerator<readonly StoredDocument[]> {
  for (let after: string | undefined; ;) {
    const page = await store.documents("", { limit: pageSize, ...(after === undefined ? {} : { after }) });
    const found = page.filter(({ key }) => key !== markerKey && key !== heirKey);
    if (found.length > 0) yield found;
    after = page.at(-1)?.key;
    if (page.length < pageSize || after === undefined) return;
  }
}

/** All wakes. */
export async function allWakes(store: Store): Promise<readonly Wake[]> {
  return store.due(Number.MAX_SAFE_INTEGER);
}

/** How much of each part there is, and a digest over it. */
export type StoreDigest = EachPart<{ readonly count: number; readonly digest: string }>;

/**
 * Counts what a store holds, and makes a digest over each part that another store with the same contents gives, too. Versions
 * of documents, which begin anew in a copy, are not in it, nor are vectors of other spaces.
 */
export async function digestStore(
  store: Store,
  spaces: readonly string[],
  counted: (part: StorePart, done: number) => void,
): Promise<StoreDigest> {
  const of = async (part: StorePart, pages: AsyncIterable<readonly Json[]>): Promise<StoreDigest[StorePart]> => {
    const hash = createHash("sha256");
    let count = 0;
    for await (const page of pages) {
      for (const item of page) hash.update(`${canonical(item)}\n`);
      counted(part, (count += page.length));
    }
    return { count, digest: hash.digest("hex") };
  };
  const plain = (items: readonly object[]): Json[] => items as unknown as Json[];
  return {
    records: await of("records", mapped(recordPages(store), plain)),
    links: await of(
      "links",
      mapped(linkPages(store), (links) => plain(links.map(withoutTime))),
    ),
    vectors: await of(
      "vectors",
      mapped(vectorPages(store, spaces), (vectors) => plain(vectors.map(withoutSigns))),
    ),
    entries: await of(
      "entries",
      mapped(entryPages(store), ({ stream, entries }) => plain(entries.map((entry) => ({ stream, ...entry })))),
    ),
    documents: await of(
      "documents",
      mapped(documentPages(store), (page) => plain(page.map(({ version: _version, ...document }) => document))),
    ),
    wakes: await of("wakes", mapped(one(allWakes(store)), plain)),
  };
}

/** Some links were made at the time of the record that they start from, which a store need not tell. */
function withoutTime({ from, to, type, reason }: Link): object {
  return { from, to, type, ...(reason === undefined ? {} : { reason }) };
}

/** A store need not tell zero from minus zero. */
function withoutSigns({ id, space, vector }: { id: string; space: string; vector: Float32Array }): object {
  return { id, space, vector: Array.from(vector, (value) => value + 0) };
}

async function* mapped<A, B>(pages: AsyncIterable<A>, map: (page: A) => B): AsyncGenerator<B> {
  for await (const page of pages) yield map(page);
}

async function* one<A>(page: Promise<A>): AsyncGenerator<A> {
  yield await page;
}
