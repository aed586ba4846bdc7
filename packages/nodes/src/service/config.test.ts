import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settingAt, serviceConfig, type ServiceConfig } from "./config.ts";

let dir = "";
let config: ServiceConfig;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-config-"));
  await mkdir(join(dir, "release"));
  await writeFile(join(dir, "release/settings.json"), '{"cache":{"size":64},"on":true}');
  config = serviceConfig({ name: "shop", home: dir, from: "settings.json" });
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

test("comes from the first release and then stays", async () => {
  await config.ensure(join(dir, "release"));
  expect(await config.set("cache.size", 128)).toBe(64);
  expect(await config.set("cache.ttl", 5)).toBeNull();
  await config.ensure(join(dir, "release"));
  expect(await config.read()).toEqual({ cache: { size: 128, ttl: 5 }, on: true });
  expect(await readFile(join(dir, "release/settings.json"), "utf8")).toContain("64");
  expect(settingAt(await config.read(), "cache.size")).toBe(128);
  expect(settingAt(await config.read(), "on")).toBe(true);
  expect(settingAt({}, "constructor.length")).toBeUndefined();
});

test("says what is wrong with it", async () => {
  await expect(config.read()).rejects.toMatchObject({ code: "invalid_input" });
  await config.ensure(join(dir, "release"));
  for (const text of ["", "[1]", "nonsense", "null"]) {
    await writeFile(config.file, text);
    await expect(config.read()).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("JSON object"),
    });
  }
  const missing = serviceConfig({ name: "other", home: dir, from: "none.json" });
  await expect(missing.ensure(join(dir, "release"))).rejects.toMatchObject({ code: "not_found" });
  const outside = serviceConfig({ name: "other", home: dir, from: "../release/settings.json" });
  await expect(outside.ensure(join(dir, "release"))).rejects.toMatchObject({ code: "invalid_input" });
});
