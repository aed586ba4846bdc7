import { expect, test } from "vitest";
import { single, withBrain } from "../run/fixture.ts";

test("a run that has ended takes no signal, and one that never was cannot be followed", async () => {
  const done = single(() => ({ n: 1 }));
  await withBrain({ graphs: [done] }, async (brain) => {
    await brain.run(done, {}, { id: "r" });
    await expect(brain.signal("r", "go")).rejects.toMatchObject({ code: "conflict" });
    expect(await brain.store.due(Number.MAX_SAFE_INTEGER)).toEqual([]);
    const followed = brain.follow("nobody")[Symbol.asyncIterator]();
    await expect(followed.next()).rejects.toMatchObject({ code: "not_found" });
  });
});
