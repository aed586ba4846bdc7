import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("each file that is to begin early is there", () => {
  const source = readFileSync(join(import.meta.dirname, "longest-first.ts"), "utf8");
  const named = [...source.matchAll(/"(\S+\.test\.ts)"/g)].map(([, name]) => name ?? "");
  expect(named.length).toBeGreaterThan(20);
  expect(new Set(named).size).toBe(named.length);
  expect(named.filter((name) => !existsSync(join(import.meta.dirname, "..", name)))).toEqual([]);
});
