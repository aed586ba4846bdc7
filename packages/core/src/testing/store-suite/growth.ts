import assert from "node:assert/strict";
import type { Candidates, Store } from "../../contracts/store.ts";
import type { Write } from "../../contracts/write.ts";
import { memoryStore } from "../memory-store.ts";
import { put, type Harness } from "./harness.ts";
import { randomFrom } from "./random.ts";

const words = Array.from({ length: 60 }, (_, i) => `w${i}x`);
const scopes = ["acme", "acme/shop", "beta"] as const;

/**
 * Growth: a store may keep what is new in another form than what is old. With enough records to make it change over, also
 * while it does so, candidates must be those of the in-memory store, to the id and in order.
 */
export function growthTests({ test }: Harness): void {
  test("a store that grows, changes and forgets finds what the in-memory store finds", async (store, opener) => {
    const model = await memoryStore().open();
    const random = randomFrom(11);
    const versions = new Map<string, number>();
    let again: Store | undefined;
    // Common words are much more common than rare ones, as in any language.
    const word = (): string => words[Math.floor(words.length * (random.below(1000) / 1000) ** 3)] ?? "";
    const putOne = (id: string): Write => {
      const version = (versions.get(id) ?? 0) + 1;
      versions.set(id, version);
      return put(id, {
        version,
        scope: random.chance(0.7) ? "acme" : random.pick(scopes),
        text: Array.from({ length: 3 + random.below(8) }, word).join(" "),
        tags: random.chance(0.05) ? ["seldom"] : ["often"],
        kind: random.chance(0.1) ? "error" : "learning",
        createdAt: 1000 + random.below(500),
        ...(random.chance(0.2) ? { thread: `t${random.below(20)}`, sequence: random.below(10) } : {}),
      });
    };
    const some = (): string => [...versions.keys()][random.below(versions.size)] ?? "";
    for (let step = 0; step < 60; step++) {
      const writes: Write[] = [];
      for (let i = 0; i < 40; i++) writes.push(putOne(`${random.below(1_000_000).toString(36)}-${step}-${i}`));
      for (let i = 0; i < 4; i++) writes.push(putOne(some()));
      if (step % 3 === 2) {
        // The newest among them, whose place a store might be tempted to give to another.
        const ids = [some(), some(), [...versions.keys()].at(-1) ?? ""];
        for (const id of ids) versions.delete(id);
        writes.push({ type: "erase", ids });
      }
      if (step === 30 || step === 45) {
        for (const { record } of await model.find({ scope: "beta" }, { limit: 10_000 })) versions.delete(record.id);
        for (const write of writes)
          if (write.type === "record" && write.record.scope === "beta") versions.delete(write.record.id);
        writes.push({ type: "erase", scope: "beta" });
      }
      const commit = { id: `grow-${step}`, writes };
      await store.commit(commit);
      await model.commit(commit);
      if (step % 6 !== 5) continue;
      if (step === 35) again = await opener.open();
      for (const scope of ["acme", "acme/shop", "beta"])
        for (const size of [1, 3, 6]) {
          const terms = Array.from({ length: size }, word);
          for (const more of [{}, { tags: ["seldom"] }, { kinds: ["error"] as const }, { thread: "t3" }]) {
            const expected = brief(await model.candidates(terms, { scope, ...more }, 20));
            assert.deepEqual(brief(await store.candidates(terms, { scope, ...more }, 20)), expected);
            if (again) assert.deepEqual(brief(await again.candidates(terms, { scope, ...more }, 20)), expected);
          }
        }
      const all = brief(await model.candidates(words, { scope: "acme" }, 50));
      assert.deepEqual(brief(await store.candidates(words, { scope: "acme" }, 50)), all);
    }
    await again?.close();
  });
}

function brief({ candidates, ...figures }: Candidates): unknown {
  return [
    candidates.map(({ record, frequencies, length }) => [record.id, record.version, frequencies, length]),
    figures,
  ];
}
