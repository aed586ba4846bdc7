import { expect, test } from "vitest";
import { BrainOpsError, createBrain, stateOf, type Brain, type Store, type StoreOpener } from "../index.ts";
import { memoryStore, virtualClock } from "../testing/index.ts";
import { put } from "./fixture.ts";
import { upkeep, type UpkeepOptions } from "./index.ts";

const start = virtualClock().now();

async function filled(store: StoreOpener): Promise<void> {
  const opened = await store.open();
  await opened.commit({
    id: "given",
    writes: [
      ...Array.from({ length: 40 }, (_, i) =>
        put(`e${i}`, `Deploy ${i}.`, {
          createdAt: start + i,
          tags: i % 2 === 0 ? ["friday"] : [],
          data: { ok: i % 2 !== 0 },
        }),
      ),
      put("a", "The cache is cold.", { kind: "insight", createdAt: start }),
      put("b", "The cache was cold", { kind: "insight", createdAt: start }),
      put("old", "Long ago.", { kind: "decision", createdAt: 0 }),
      put("beta", "The cache is cold.", { kind: "insight", scope: "beta" }),
      put("beta2", "The cache is cold.", { kind: "insight", scope: "beta" }),
    ],
  });
  await opened.close();
}

async function withUpkeep(options: Partial<UpkeepOptions>, use: (brain: Brain) => Promise<void>): Promise<void> {
  const store = memoryStore();
  await filled(store);
  const clock = virtualClock();
  const plugin = upkeep({ store: () => brain.store, retention: [{ kinds: ["decision"], olderThanMs: 1 }], ...options });
  const brain: Brain = await createBrain({ store, scope: "acme", clock, plugins: [plugin] });
  await use(brain);
  await brain.close();
}

test("a round merges, learns, lets go and measures, in the scope of its run alone, and replays", async () => {
  await withUpkeep({}, async (brain) => {
    const result = await brain.run("upkeep", {}, { id: "u1" });
    expect(stateOf(result)).toMatchObject({ merged: 1, gone: 1, junk: 1 });
    expect((await brain.store.records(["old", "b", "e0"])).map(({ record }) => record.id)).toEqual(["b", "e0"]);
    expect((await brain.store.find({ scope: "acme", kinds: ["learning"] })).length).toBe(1);
    expect(await brain.store.links("beta")).toEqual([]);
    expect(await brain.replay({ run: "u1" })).toMatchObject({ equal: true });
    const again = await brain.run("upkeep", {}, { id: "u2" });
    expect(stateOf(again)).toMatchObject({ merged: 0, learnt: [], gone: 0 });
  });
});

test("what is not wanted is left out, and a loop runs what is", async () => {
  await withUpkeep({ merge: false, consolidate: false, retention: [], every: 3_600_000 }, async (brain) => {
    expect(brain.registry.loops.get("upkeep")?.graph).toBe("upkeep");
    const state = stateOf(await brain.run("upkeep", {}));
    expect(state).toEqual({ merged: 0, learnt: [], gone: 0, junk: 1 });
  });
  await withUpkeep({}, async (brain) => expect(brain.registry.loops.size).toBe(0));
});

test("each part is a command, with arguments that are checked", async () => {
  await withUpkeep({}, async (brain) => {
    expect(await brain.command("memory.merge", { scope: "acme", dryRun: true })).toMatchObject({ merged: 1 });
    expect(await brain.command("memory.merge", { scope: "acme", near: false })).toMatchObject({ merged: 0 });
    expect(await brain.command("memory.consolidate", { scope: "acme" })).toMatchObject({
      learnt: [{ kind: "learning" }],
    });
    expect(await brain.command("memory.retain", { scope: "acme", kinds: ["decision"], olderThanMs: 1 })).toMatchObject({
      ids: ["old"],
    });
    expect(await brain.command("memory.junk", { scope: "beta" })).toMatchObject({ records: 2, share: 1 });
    for (const args of [{}, { scope: "" }, { scope: "acme", kinds: ["idea"] }])
      await expect(brain.command("memory.merge", args)).rejects.toMatchObject({ code: "invalid_input" });
    await expect(brain.command("memory.retain", { scope: "acme" })).rejects.toMatchObject({ code: "invalid_input" });
  });
});

test("a round whose process dies at any commit goes on where it was, and does everything once", async () => {
  for (let at = 1; ; at++) {
    const disk = memoryStore();
    await filled(disk);
    let left = at;
    /** From one commit on, nothing is written any more, as when the process has died. */
    const dying: StoreOpener = {
      name: "dying",
      open: async () => {
        const opened = await disk.open();
        const commit: Store["commit"] = async (given) => {
          if (left <= 0) throw new BrainOpsError("store_unavailable", "The process has died.");
          left--;
          return opened.commit(given);
        };
        return { ...opened, commit };
      },
    };
    const open = async (store: StoreOpener): Promise<Brain> => {
      const plugin = upkeep({ store: () => brain.store, retention: [{ kinds: ["decision"], olderThanMs: 1 }] });
      const brain: Brain = await createBrain({ store, scope: "acme", clock: virtualClock(), plugins: [plugin] });
      return brain;
    };
    const died = await open(dying).then(async (brain) => {
      const result = await brain.run("upkeep", {}, { id: "u" }).catch(() => undefined);
      await brain.close().catch(() => {});
      return result?.status !== "completed";
    });
    const brain = await open(disk);
    const result = await brain.run("upkeep", {}, { id: "u" }).catch(() => brain.resume("u"));
    expect(result.status, `died before commit ${at + 1}`).toBe("completed");
    expect((await brain.store.find({ scope: "acme", kinds: ["learning"] })).length).toBe(1);
    expect((await brain.store.records(["a"]))[0]?.record.data["merged"]).toMatchObject({ count: 2 });
    expect(await brain.store.records(["old"])).toEqual([]);
    await brain.close();
    if (!died) return expect(at).toBeGreaterThan(4);
  }
});
