import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readRecordings } from "./recording.ts";
import { play } from "./replay.ts";
import { replayServer, type ReplayServer } from "./replay-server.ts";

const fixtures = join(import.meta.dirname, "../fixtures");
const recordings = readRecordings(fixtures);

describe("recorded answers, over HTTP, whole and cut at every event and byte", () => {
  let server: ReplayServer;
  beforeAll(async () => {
    server = await replayServer();
  });
  afterAll(() => server.close());

  test.each(recordings.map((recording) => [recording.name, recording] as const))("%s", async (_name, recording) => {
    const played = await play(recording, server);
    expect(played.length).toBeGreaterThan(0);
    expect(played.filter((one) => one.differences.length > 0)).toEqual([]);
  });
});

describe("the command", () => {
  const command = (...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> =>
    promisify(execFile)(process.execPath, [
      ...process.execArgv,
      join(import.meta.dirname, "recordings.ts"),
      ...args,
    ]).then(
      ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
      (error: { stdout: string; stderr: string; code: number }) => error,
    );

  test("lists each difference, in JSON when asked, and exits with 1", async () => {
    const folder = mkdtempSync(join(tmpdir(), "recordings-"));
    try {
      cpSync(join(fixtures, "anthropic"), folder, { recursive: true });
      const index = JSON.parse(readFileSync(join(folder, "INDEX.json"), "utf8")) as { readonly file: string }[];
      const some = index.filter(({ file }) => file === "quoted-error-529.json" || file === "anthropic-text.json");
      writeFileSync(join(folder, "INDEX.json"), JSON.stringify(some));
      const changed = join(folder, "quoted-error-529.json.expect.json");
      writeFileSync(changed, readFileSync(changed, "utf8").replace('"overloaded"', '"auth"'));
      const json = await command(folder, "--json");
      expect(json.code).toBe(1);
      expect(JSON.parse(json.stdout)).toMatchObject({
        recordings: 2,
        wrong: 2,
        differences: [
          { adapter: "claude", differences: [{ path: "error.class", expected: ["auth"], actual: "overloaded" }] },
          {},
        ],
      });
      const plain = await command(folder);
      expect(plain.code).toBe(1);
      expect(plain.stdout).toMatch(/quoted-error-529\.json · claude · whole\n {2}error\.class\n {4}expected "auth"/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("explains itself, and says what is wrong with a folder", async () => {
    expect(await command("--help")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("npm run recordings -- DIR"),
    });
    expect(await command()).toMatchObject({ code: 2, stderr: expect.stringContaining("Give a folder") });
    expect(await command(join(fixtures, "nowhere"))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot be read"),
    });
    expect(await command(import.meta.dirname)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("INDEX.json"),
    });
  });
});
