import assert from "node:assert/strict";
import { isBrainOpsError } from "../../contracts/error.ts";
import { linkTypes, recordKinds } from "../../contracts/record.ts";
import type { Store } from "../../contracts/store.ts";
import type { Commit, WakeQueue, Write } from "../../contracts/write.ts";
import { compareText } from "../memory-state.ts";
import { memoryStore } from "../memory-store.ts";
import { put, vector, type Harness } from "./harness.ts";
import { randomFrom, type Random } from "./random.ts";

const scopes = ["acme", "acme/shop", "acme/shop/eu", "acmecorp"] as const;
const words = ["apple", "pear", "deploy", "timeout", "retry", "東京", "getUserName", "the"] as const;
const streams = ["run/a", "run/b", "inbox"] as const;
const keys = ["k/1", "k/2", "other"] as const;
const ids = ["r1", "r2", "r3", "r4", "r5", "r6"] as const;
const people = ["ann", "bob"] as const;

/** Random histories: after every commit the store must answer as the in-memory store does. */
export function historyTests({ test, options }: Harness): void {
  for (let seed = 1; seed <= (options.histories ?? 20); seed++) {
    test(`random history ${seed} gives what the in-memory store gives`, async (first, opener) => {
      const model = await memoryStore().open();
      const random = randomFrom(seed);
      let store = first;
      const commits: Commit[] = [];
      for (let step = 0; step < 40; step++) {
        const again = random.chance(0.1) ? commits[random.below(Math.max(1, commits.length))] : undefined;
        const commit = again ?? { id: `h${seed}-${step}`, writes: await someWrites(random, model) };
        commits.push(commit);
        assert.equal(await outcome(store, commit), await outcome(model, commit), `outcome of step ${step}`);
        if (random.chance(0.05)) {
          if (store !== first) await store.close();
          store = await opener.open();
        }
        if (step % 5 === 4) assert.deepEqual(await atOnce(store), await atOnce(model), `after step ${step}`);
      }
      assert.deepEqual(await inTurn(store), await inTurn(model));
      if (store !== first) await store.close();
    });
  }
}

async function outcome(store: Store, commit: Commit): Promise<string> {
  try {
    await store.commit(commit);
    return "committed";
  } catch (error) {
    return isBrainOpsError(error) ? error.code : String(error);
  }
}

async function someWrites(random: Random, model: Store): Promise<Write[]> {
  const writes: Write[] = [];
  for (let n = 1 + random.below(4); n > 0; n--) writes.push(await oneWrite(random, model));
  return writes;
}

async function oneWrite(random: Random, model: Store): Promise<Write> {
  const id = random.pick(ids);
  const stream = random.pick(streams);
  const key = random.pick(keys);
  // Mostly what fits, sometimes what does not.
  const off = random.chance(0.1) ? 1 : 0;
  switch (random.below(13)) {
    case 0:
    case 1:
    case 2: {
      const entries = Array.from({ length: random.below(4) }, (_, i) => ({ i, word: random.pick(words) }));
      const expectedPosition = (await model.position(stream)) + off;
      return { type: "append", stream, entries, ...(stream === "inbox" ? {} : { expectedPosition }) };
    }
    case 3:
      return { type: "trim", stream, before: random.below((await model.position(stream)) + 2) };
    case 4:
    case 5:
    case 6: {
      const version = ((await model.records([id]))[0]?.record.version ?? 0) + 1 + off;
      return put(id, {
        version,
        kind: random.pick(recordKinds),
        scope: random.pick(scopes),
        text: Array.from({ length: random.below(6) }, () => random.pick(words)).join(" "),
        tags: random.chance(0.5) ? [random.pick(words)] : [],
        subjects: random.chance(0.3) ? [random.pick(people)] : [],
        createdAt: 1000 + random.below(5),
        ...(random.chance(0.5) ? { thread: random.pick(keys), sequence: random.below(5) } : {}),
      });
    }
    case 7:
      return { type: "link", link: { from: id, to: random.pick(ids), type: random.pick(linkTypes) } };
    case 8:
      return { type: "count", id, counter: random.pick(["uses", "tries", "successes"]), by: random.below(3) };
    case 9: {
      const expectedVersion = ((await model.document(key))?.version ?? 0) + off;
      const value = random.chance(0.2) ? null : { n: random.below(100) };
      const more = {
        ...(random.chance(0.5) ? { expectedVersion } : {}),
        ...(random.chance(0.3) ? { record: id } : {}),
      };
      return { type: "document", key, value, ...more };
    }
    case 10:
      return random.chance(0.5)
        ? { type: "wake", key, at: random.chance(0.2) ? null : random.below(10), ...queueFor(random) }
        : random.chance(0.5)
          ? { type: "blob", scope: random.pick(scopes), id: key, bytes: new Uint8Array([key.length]) }
          : { type: "unblob", scope: random.pick(scopes), id: key };
    case 11: {
      const version = ((await model.records([id]))[0]?.record.version ?? 1) + off;
      return vector(id, [random.below(3) - 1, random.below(3) - 1], { version });
    }
    default:
      if (random.chance(0.5)) return { type: "erase", ids: [id] };
      return random.chance(0.5)
        ? { type: "erase", scope: random.pick(scopes) }
        : { type: "erase", subject: random.pick(people) };
  }
}

function queueFor(random: Random): { queue?: WakeQueue } {
  return random.chance(0.3) ? {} : { queue: { name: random.pick(["q", "r"]), lane: random.pick(["a", "b"]) } };
}

type Read = () => Promise<unknown>;

/** Everything that can be read. */
async function reads(store: Store): Promise<Read[]> {
  const all: Read[] = [() => store.records(ids), () => store.documents(""), () => store.due(100)];
  for (const queue of ["q", "r"])
    all.push(async () => {
      const due = await store.dueIn(queue, 6, { lanes: 9, each: 9 });
      return due.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    });
  all.push(async () => (await store.queues()).map(({ queue }) => queue?.name ?? "").sort(compareText));
  const names = await store.streams("");
  all.push(async () => names);
  for (const name of names)
    all.push(
      () => store.read(name),
      () => store.position(name),
    );
  all.push(() => store.neighbours([ids[0], ids[1]], 2));
  for (const id of ids)
    all.push(
      () => store.links(id),
      () => store.links(id, { direction: "to" }),
    );
  for (const scope of scopes) {
    all.push(
      () => store.find({ scope }),
      () => store.find({ scope, thread: "k/1", fromSequence: 1, toSequence: 3 }),
      () => store.candidates(["deploi", "appl", "東京", "user"], { scope }, 4),
      () => store.candidates(["timeout"], { scope, tags: ["pear"] }, 4),
      () => store.near(Float32Array.of(1, 0.5), "x/2", { scope }, 3),
      () => store.unembedded("x/2", { scope }, 3),
      () => store.vectors("x/2", ids),
      // Positions grow in every store, but not equally; what one commit did is ordered by id.
      async () => (await store.changes(scope)).map(({ id, type }) => [id, type]),
      async () => (await store.stats(scope)).records,
    );
    for (const key of keys) all.push(() => store.blob(scope, key));
  }
  all.push(async () => {
    const { records, streams, entries, documents } = await store.stats();
    return [records, streams, entries, documents];
  });
  return all;
}

/** What is read one after the other. */
async function inTurn(store: Store): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const read of await reads(store)) seen.push(await read());
  return seen;
}

/** What is read all at once. */
async function atOnce(store: Store): Promise<unknown[]> {
  return Promise.all((await reads(store)).map((read) => read()));
}
