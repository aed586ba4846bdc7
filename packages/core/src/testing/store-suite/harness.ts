import assert from "node:assert/strict";
import { isBrainOpsError, type ErrorCode } from "../../contracts/error.ts";
import type { MemoryRecord } from "../../contracts/record.ts";
import type { Store, StoreOpener } from "../../contracts/store.ts";
import type { Commit, Write } from "../../contracts/write.ts";
import { countTerms } from "../../recall/analyse.ts";

/** What {@link storeSuite} is handed: the functions of any test runner, and a way to get an empty store. */
export interface StoreSuiteOptions {
  /** Registers a test, as `test` of vitest or of `node:test` does. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Gives the opener of a new, empty store. What is closed and opened again with it must still hold what was there. */
  readonly fresh: () => StoreOpener | Promise<StoreOpener>;
  /** How many random histories are compared with the in-memory store. Default 20. */
  readonly histories?: number;
  /**
   * Lets processes be killed while they write; without it that is not tested. Says how this process and another one open the
   * same store, which is new and empty.
   */
  readonly crash?: () => CrashOptions | Promise<CrashOptions>;
}

/** A store that another process can open. */
export interface CrashOptions {
  /** Gives an opener that knows nothing of what was before, as in a process that has just begun. */
  readonly opener: () => StoreOpener;
  /** The same for the other process: the beginning of an ES module that imports what it needs and declares `opener`. */
  readonly code: string;
  /** The folder from which it imports. Default: the current one. */
  readonly cwd?: string;
}

/** What the tests of the suite are written with. */
export interface Harness {
  /** Registers a test with an empty store, which is closed afterwards. */
  test(name: string, run: (store: Store, opener: StoreOpener) => Promise<void>): void;
  readonly options: StoreSuiteOptions;
}

/** Makes the harness. */
export function makeHarness(options: StoreSuiteOptions): Harness {
  return {
    options,
    test(name, run) {
      options.test(name, async () => {
        const opener = await options.fresh();
        const store = await opener.open();
        try {
          await run(store, opener);
        } finally {
          await store.close();
        }
      });
    },
  };
}

let commits = 0;

/** A commit with an id that no other has. */
export function commitOf(...writes: Write[]): Commit {
  return { id: `suite-${++commits}`, writes };
}

/** Commits writes under an id of their own. */
export async function write(store: Store, ...writes: Write[]): Promise<number> {
  return (await store.commit(commitOf(...writes))).position;
}

/** A record with little in it; give what matters. */
export function record(id: string, given: Partial<MemoryRecord> = {}): MemoryRecord {
  return {
    id,
    kind: "experience",
    scope: "acme",
    text: `text of ${id}`,
    data: {},
    tags: [],
    importance: 0.5,
    confidence: 1,
    trust: "model",
    subjects: [],
    provenance: {},
    createdAt: 1_700_000_000_000,
    version: 1,
    ...given,
  };
}

/** The write that puts a record. */
export function put(id: string, given: Partial<MemoryRecord> = {}): Write {
  return { type: "record", record: record(id, given) };
}

/** The write that gives a record a vector, in a space of its length. */
export function vector(
  id: string,
  values: readonly number[],
  given: { readonly version?: number; readonly space?: string } = {},
): Write {
  return { type: "vector", id, version: 1, space: `x/${values.length}`, vector: Float32Array.from(values), ...given };
}

/** The write that appends numbers to a stream. */
export function append(stream: string, entries: readonly number[], expectedPosition?: number): Write {
  return { type: "append", stream, entries, ...(expectedPosition === undefined ? {} : { expectedPosition }) };
}

/** Checks that a promise fails with a code. */
export async function failsWith(code: ErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(isBrainOpsError(error, code), `expected the code ${code}, got: ${String(error)}`);
    return true;
  });
}

/** The entries of a stream, without positions. */
export async function entriesOf(store: Store, stream: string): Promise<unknown[]> {
  return (await store.read(stream)).map(({ entry }) => entry);
}

/** Ids of the candidates for a text. */
export async function candidateIds(store: Store, text: string, scope = "acme", k = 100): Promise<string[]> {
  const terms = [...countTerms(text).frequencies.keys()];
  return (await store.candidates(terms, { scope }, k)).candidates.map((candidate) => candidate.record.id);
}

/** Checks bytes. Not by `deepEqual`, which for a big blob would spend minutes on a picture of the difference. */
export function sameBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(actual !== undefined && Buffer.from(actual).equals(expected), `expected ${expected.length} equal bytes`);
}

/** Checks that there are no bytes; for the same reason not by `equal`. */
export function noBytes(actual: Uint8Array | undefined): void {
  assert.ok(actual === undefined, `expected no bytes, got ${actual?.length}`);
}
