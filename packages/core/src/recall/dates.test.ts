import { expect, test } from "vitest";
import type { Write } from "../contracts/write.ts";
import { memoryStore } from "../testing/index.ts";
import { recall } from "./index.ts";

const recorded: readonly (readonly [id: string, at: string])[] = [
  ["a", "2026-11-04T23:59:59Z"],
  ["b", "2026-11-05T00:00:00Z"],
  ["c", "2026-11-30T12:00:00Z"],
  ["d", "2027-11-05T12:00:00Z"],
];

async function favoured(text: string): Promise<string[]> {
  const store = await memoryStore().open();
  const writes = recorded.map(([id, at]): Write => ({
    type: "record",
    record: {
      id,
      kind: "experience",
      scope: "acme",
      text: "the deploy failed",
      data: {},
      tags: [],
      importance: 0.5,
      confidence: 1,
      trust: "model",
      subjects: [],
      provenance: {},
      createdAt: Date.parse(at),
      version: 1,
    },
  }));
  await store.commit({ id: "c", writes });
  const hits = await recall(store, "acme", { text }, { clock: { now: () => Date.parse("2026-12-02T09:00:00Z") } });
  return hits.filter(({ why }) => why.includes("recorded at the time named")).map(({ record }) => record.id);
}

test.each([
  ["the deploy of 2026-11-05", ["b"]],
  ["deploy on 5 November 2026", ["b"]],
  ["deploy on the 5th of Nov 2026", ["b"]],
  ["deploy on November 5th, 2026", ["b"]],
  ["deploys in November 2026", ["a", "b", "c"]],
  ["deploys in 2026-11", ["a", "b", "c"]],
  ["deploys in nov. 2026 or in 2027", ["a", "b", "c", "d"]],
  ["deploy error 2026", []],
  ["deploy 2026-13-05 and November 99, 2026", []],
  ["deploy in may", []],
  ["Deploy am 5.11.2026", ["b"]],
  ["deploy: 2026年11月5日", ["b"]],
  ["deploys in November", ["a", "b", "c"]],
  ["deploys last month", ["a", "b", "c"]],
  ["deploys 2 days ago", ["c"]],
  ["deploys 4 weeks ago", ["a", "b"]],
  ["deploys this year", ["a", "b", "c"]],
  ["the deploy on Monday", ["c"]],
  ["yesterday's deploy, or last week's", []],
])("%s", async (text, ids) => {
  expect((await favoured(text)).sort()).toEqual(ids);
});
