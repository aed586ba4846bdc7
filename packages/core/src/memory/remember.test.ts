import { afterEach, beforeEach, expect, test } from "vitest";
import { createBrain, type Brain, type RecordInput, type Store, type StoreOpener } from "../index.ts";
import { forget } from "./forget.ts";
import { retain } from "./retain.ts";
import { memoryStore, virtualClock, type VirtualClock } from "../testing/index.ts";

let opener: StoreOpener;
let brain: Brain;
let clock: VirtualClock;
let store: Store;

beforeEach(async () => {
  opener = memoryStore();
  clock = virtualClock(1000);
  brain = await createBrain({ store: opener, clock });
  ({ store } = brain);
});

afterEach(() => brain.close());

const fault = (text: string, given: Partial<Extract<RecordInput, { kind: "error" }>> = {}): RecordInput => ({
  kind: "error",
  text,
  fingerprint: "f1",
  ...given,
});

test("an error that is known is counted where it is, with when it was seen, and what bears it out", async () => {
  const first = await brain.remember(fault("disk 17 is full", { evidence: ["log:1"], importance: 0.2 }));
  await clock.advance(500);
  const again = await brain.remember(
    fault("disk 18 is full", {
      evidence: ["log:2"],
      importance: 0.7,
      links: [{ to: first, type: "about" }],
    }),
  );
  await clock.advance(500);
  await brain.remember(fault("disk 19 is full", { data: { count: 3, firstSeen: 900, lastSeen: 1900 } }));
  expect(again).toBe(first);
  const [stored] = await store.records([first]);
  expect(stored?.record).toMatchObject({
    id: first,
    text: "disk 17 is full",
    version: 3,
    importance: 0.7,
    data: { count: 5, firstSeen: 900, lastSeen: 1900 },
    provenance: { evidence: ["log:1", "log:2"] },
  });
  expect((await store.stats()).records.error).toBe(1);
  expect(await store.links(first)).toEqual([{ from: first, to: first, type: "about", createdAt: 1500 }]);
});

test("what differs in anything but its text, or lies in another scope, is a record of its own", async () => {
  const ids = [
    await brain.remember(fault("disk full")),
    await brain.remember(fault("disk full"), { scope: "other" }),
    await brain.remember(fault("disk full", { fingerprint: "f2" })),
    await brain.remember(fault("disk full", { tags: ["eu"] })),
    await brain.remember(fault("disk full", { subjects: ["ann"] })),
    await brain.remember({ kind: "error", text: "disk full" }),
    await brain.remember({ kind: "error", text: "disk full" }),
    await brain.remember({ kind: "experience", text: "disk full", fingerprint: "f1" }),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(await brain.remember(fault("disk full", { tags: ["eu"] }))).toBe(ids[3]);
});

test("an error whose place another has taken, or that was erased, is remembered anew", async () => {
  const first = await brain.remember(fault("disk full"));
  await brain.remember({ kind: "learning", text: "It was the quota.", links: [{ to: first, type: "supersedes" }] });
  const second = await brain.remember(fault("disk full"));
  expect(second).not.toBe(first);
  await brain.erase({ ids: [second] });
  const third = await brain.remember(fault("disk full"));
  expect([first, second]).not.toContain(third);
  expect(await brain.remember(fault("disk full"))).toBe(third);
});

test("nothing is left of an error that was counted, however it is erased", async () => {
  const ways: readonly ((id: string) => Promise<unknown>)[] = [
    (id) => brain.erase({ ids: [id] }),
    () => brain.erase({ scope: "main" }),
    () => brain.erase({ subject: "ann" }),
    (id) => forget(store, "main", [id]),
    () => retain(store, "main", { rules: [{ keepNewest: 0 }], clock }),
    (id) => store.commit({ id: `own ${id}`, writes: [{ type: "erase", ids: [id] }] }),
  ];
  for (const erase of ways) {
    const id = await brain.remember(fault("disk full", { subjects: ["ann"] }));
    expect(await brain.remember(fault("disk full", { subjects: ["ann"] }))).toBe(id);
    expect(await store.documents("")).toMatchObject([{ record: id }]);
    await erase(id);
    expect(await store.documents("")).toEqual([]);
  }
});

test("an arrow to nowhere is not_found, and nothing is counted", async () => {
  const first = await brain.remember(fault("disk full"));
  const loose = brain.remember(fault("disk full", { links: [{ to: "none", type: "about" }] }));
  await expect(loose).rejects.toMatchObject({ code: "not_found" });
  expect((await store.records([first]))[0]?.record.version).toBe(1);
});
