import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { once } from "./once.ts";

test("decides once for a key, and keeps the newest decisions alone", async () => {
  const dir = await mkdtemp(join(tmpdir(), "brainops-once-"));
  try {
    for (let i = 0; i < 250; i++) {
      const file = join(dir, `once-${i.toString(16).padStart(16, "0")}.json`);
      await writeFile(file, "{}");
      await utimes(file, i, i);
    }
    await writeFile(join(dir, "shop.pid"), "1");
    expect(await once(dir, "key", async () => ({ from: 1 }))).toEqual({ from: 1 });
    expect(await once(dir, "key", async () => ({ from: 2 }))).toEqual({ from: 1 });
    const left = await readdir(dir);
    expect(left.filter((name) => name.startsWith("once-"))).toHaveLength(200);
    expect(left).toContain("shop.pid");
    expect(left).toContain(`once-${(249).toString(16).padStart(16, "0")}.json`);
    expect(left).not.toContain(`once-${"0".repeat(16)}.json`);
  } finally {
    await rm(dir, { recursive: true });
  }
});
