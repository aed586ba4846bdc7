import { expect, test } from "vitest";
import { now, put, storeWith } from "./fixture.ts";
import { measureJunk } from "./index.ts";
import { scan } from "./scan.ts";

test("every record once, also when those that a page ended with are erased meanwhile", async () => {
  // Many of the same time, so that the time alone does not say where to go on.
  const writes = Array.from({ length: 700 }, (_, i) =>
    put(`r${String(i).padStart(3, "0")}`, "x", { createdAt: now - Math.floor(i / 300) }),
  );
  const store = await storeWith(...writes);
  const seen: string[] = [];
  for await (const page of scan(store, { scope: "acme" })) {
    seen.push(...page.map(({ record }) => record.id));
    const last = page.at(-1)?.record.id ?? "";
    await store.commit({ id: `gone ${last}`, writes: [{ type: "erase", ids: [last] }] });
  }
  expect(seen.toSorted()).toEqual(writes.map((write) => (write.type === "record" ? write.record.id : "")).toSorted());
});

test("is stopped between two pages", async () => {
  const store = await storeWith(...Array.from({ length: 500 }, (_, i) => put(`r${i}`, "x")));
  const stop = new AbortController();
  const work = measureJunk(store, "acme", { signal: stop.signal, progress: () => stop.abort() });
  await expect(work).rejects.toMatchObject({ code: "aborted" });
});
