import assert from "node:assert/strict";
import { recall } from "../../recall/index.ts";
import { inverseFrequency } from "../../recall/inverse-frequency.ts";
import { candidateIds, put, write, type Harness } from "./harness.ts";

/** Candidates: which records hold a term, in the specified order, with the figures that ranking needs. */
export function candidateTests({ test }: Harness): void {
  test("candidates come by the rarity of what they hold, ties by id", async (store) => {
    await write(
      store,
      put("d", { text: "common rare" }),
      put("c", { text: "common" }),
      put("b", { text: "common common common" }),
      put("a", { text: "other words" }),
      put("e", { text: "rare" }),
    );
    assert.deepEqual(await candidateIds(store, "common rare"), ["d", "e", "b", "c"]);
    assert.deepEqual(await candidateIds(store, "common rare", "acme", 2), ["d", "e"]);
    assert.deepEqual(await candidateIds(store, "common rare", "acme", 3), ["d", "e", "b"]);
    assert.deepEqual(await candidateIds(store, "common rare", "acme", 0), []);
    assert.deepEqual(await candidateIds(store, "nowhere"), []);
    assert.deepEqual((await store.candidates([], { scope: "acme" }, 5)).candidates, []);
  });

  test("candidates carry frequencies and lengths, and the scope's figures", async (store) => {
    await write(
      store,
      put("a", { text: "apple apple pear" }),
      put("b", { text: "pear", scope: "acme/shop" }),
      put("c", { text: "apple", scope: "acmecorp" }),
      put("d", { text: "fig", kind: "error" }),
    );
    const found = await store.candidates(["appl", "pear", "none"], { scope: "acme", kinds: ["experience"] }, 10);
    assert.deepEqual(
      found.candidates.map(({ record, frequencies, length }) => [record.id, frequencies, length]),
      [
        ["a", [2, 1, 0], 3],
        ["b", [0, 1, 0], 1],
      ],
    );
    // Figures are those of the scope, whatever else is asked.
    assert.deepEqual([found.total, found.totalLength], [3, 5]);
    assert.deepEqual(found.documentFrequencies, [1, 2, 0]);
    assert.ok(inverseFrequency(3, 1) > inverseFrequency(3, 2));
    const inner = await store.candidates(["pear"], { scope: "acme/shop" }, 10);
    assert.deepEqual([inner.total, inner.totalLength, inner.documentFrequencies], [1, 1, [1]]);
  });

  test("candidates keep to their filter, and fill up from further down", async (store) => {
    await write(
      store,
      ...Array.from({ length: 40 }, (_, i) =>
        put(`r${String(i).padStart(2, "0")}`, {
          text: i % 2 === 0 ? "fox hound" : "fox",
          tags: i % 4 === 1 ? ["t"] : [],
          createdAt: 1000 + i,
          thread: `th${i % 3}`,
        }),
      ),
    );
    const ids = async (filter: object): Promise<string[]> =>
      (await store.candidates(["fox", "hound"], { scope: "acme", ...filter }, 3)).candidates.map((c) => c.record.id);
    assert.deepEqual(await ids({}), ["r00", "r02", "r04"]);
    assert.deepEqual(await ids({ tags: ["t"] }), ["r01", "r05", "r09"]);
    assert.deepEqual(await ids({ since: 1037 }), ["r38", "r37", "r39"]);
    assert.deepEqual(await ids({ thread: "th1", until: 1005 }), ["r04", "r01"]);
    assert.deepEqual(await ids({ kinds: ["error"] }), []);
    assert.deepEqual(await ids({ tags: ["none"] }), []);
  });

  test("a new version is found by its new words only", async (store) => {
    await write(store, put("a", { text: "alpha beta" }));
    await write(store, put("a", { text: "beta gamma gamma", version: 2 }));
    assert.deepEqual(await candidateIds(store, "alpha"), []);
    const found = await store.candidates(["beta", "gamma"], { scope: "acme" }, 5);
    assert.deepEqual(found.candidates[0]?.frequencies, [1, 2]);
    assert.deepEqual([found.total, found.totalLength, found.documentFrequencies], [1, 3, [1, 1]]);
  });

  test("recall finds words of any script, and takes index syntax as text", async (store) => {
    await write(
      store,
      put("en", { text: "The retries of the deployment failed with ECONNRESET" }),
      put("de", { text: "Die Auslieferung über Köln schlug fehl" }),
      put("ja", { text: "東京タワーの配送が失敗した" }),
      put("ru", { text: "Доставка не удалась из-за тайм-аута" }),
      put("code", { text: "TypeError in src/cart/price-list.ts:42 getUserName()" }),
    );
    const first = async (text: string): Promise<string | undefined> =>
      (await recall(store, "acme", { text }))[0]?.record.id;
    assert.equal(await first("why did a deployment retry?"), "en");
    assert.equal(await first("koln"), "de");
    assert.equal(await first("東京タワー"), "ja");
    assert.equal(await first("доставка"), "ru");
    assert.equal(await first("price-list.ts"), "code");
    assert.equal(await first("user name"), "code");
    assert.equal(await first("\"retries* AND (NOT NEAR/2 ^deployment) OR {col}: econnreset' --"), "en");
  });
}
