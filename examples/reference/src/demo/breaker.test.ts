import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { breakService } from "./breaker.ts";

test("a configuration is poisoned once, and the rest of it stays", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainops-break-"));
  try {
    const configFile = join(folder, "config.json");
    await writeFile(configFile, JSON.stringify({ cacheSize: 4, taxPercent: 20 }));
    const target = { configFile, pid: async () => null };
    await breakService("config", target);
    const { ino } = await stat(configFile);
    await breakService("config", target);
    expect(JSON.parse(await readFile(configFile, "utf8"))).toEqual({ cacheSize: "lots", taxPercent: 20 });
    expect((await stat(configFile)).ino).toBe(ino);
  } finally {
    await rm(folder, { recursive: true });
  }
});
