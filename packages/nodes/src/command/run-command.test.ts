import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import fc from "fast-check";
import { runCommand } from "./run-command.ts";
import { bounded } from "./bounded.ts";
import { processAlive } from "./process-alive.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-test-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const node = process.execPath;

describe("runCommand", () => {
  test("gives exit code and both outputs", async () => {
    const result = await runCommand([node, "-e", "console.log('out'); console.error('err'); process.exit(3)"], {
      cwd: dir,
    });
    expect(result).toEqual({
      exitCode: 3,
      signal: null,
      timedOut: false,
      stdout: "out\n",
      stderr: "err\n",
      truncated: false,
      limit: null,
      sandbox: null,
    });
  });

  test("hands over input and arguments as they are, never to a shell", async () => {
    const result = await runCommand(
      [node, "-e", "process.stdin.pipe(process.stdout); console.log(process.argv[1])", "$(touch evil); `id`"],
      { cwd: dir, input: "from stdin" },
    );
    expect(result.stdout).toBe("$(touch evil); `id`\nfrom stdin");
  });

  test("shows none of the caller's environment", async () => {
    process.env["BRAINOPS_TEST_SECRET"] = "hush";
    try {
      const result = await runCommand([node, "-e", "console.log(JSON.stringify(process.env))"], {
        cwd: dir,
        env: { MINE: "1" },
      });
      const env: object = JSON.parse(result.stdout);
      expect(Object.keys(env).sort()).toEqual(["CI", "HOME", "LANG", "MINE", "NO_COLOR", "PATH", "TMPDIR"]);
      expect(env).not.toHaveProperty("HOME", process.env["HOME"]);
      // The home it had is gone with it.
      expect("HOME" in env && existsSync(String(env.HOME))).toBe(false);
    } finally {
      delete process.env["BRAINOPS_TEST_SECRET"];
    }
  });

  test("kills the whole group when it times out", async () => {
    const script = 'trap "" TERM; sleep 1000 & echo $! > pid; wait';
    const result = await runCommand(["sh", "-c", script], { cwd: dir, timeoutMs: 1_000 });
    expect(result).toMatchObject({ timedOut: true, exitCode: null, signal: "SIGKILL" });
    const pid = Number(await readFile(join(dir, "pid"), "utf8"));
    await expect.poll(() => processAlive(pid)).toBe(false);
  });

  test("kills what a finished command left behind, and does not wait for it", async () => {
    const script = `
      const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
      console.log(child.pid);
      process.exit(0);`;
    const result = await runCommand([node, "-e", script], { cwd: dir });
    expect(result.exitCode).toBe(0);
    await expect.poll(() => processAlive(Number(result.stdout))).toBe(false);
  });

  test("stops with `aborted`", async () => {
    const controller = new AbortController();
    const code = "require('fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1000)";
    const running = runCommand([node, "-e", code], { cwd: dir, signal: controller.signal });
    const pid = async (): Promise<number> => Number(await readFile(join(dir, "pid"), "utf8").catch(() => "0"));
    await expect.poll(pid).toBeGreaterThan(0);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "aborted" });
    expect(processAlive(await pid())).toBe(false);
    await expect(runCommand([node], { cwd: dir, signal: controller.signal })).rejects.toMatchObject({
      code: "aborted",
    });
  });

  test("ends what a killed process left running under the same lease, and nothing else", async () => {
    const lease = join(dir, "run", "test.pid");
    await runCommand([node, "-e", ""], { cwd: dir, lease });
    const left = spawn("sleep", ["1000"], {
      detached: true,
      env: { PATH: process.env["PATH"], BRAINOPS_LEASE: lease },
    });
    const stranger = spawn("sleep", ["1000"], { detached: true });
    try {
      await writeFile(lease, String(left.pid));
      await runCommand([node, "-e", ""], { cwd: dir, lease });
      await expect.poll(() => processAlive(left.pid ?? 0)).toBe(false);
      await writeFile(lease, String(stranger.pid));
      await runCommand([node, "-e", ""], { cwd: dir, lease });
      expect(processAlive(stranger.pid ?? 0)).toBe(true);
    } finally {
      left.kill("SIGKILL");
      stranger.kill("SIGKILL");
    }
  });

  test("says so when a program is missing", async () => {
    await expect(runCommand(["no-such-program-here"], { cwd: dir })).rejects.toMatchObject({ code: "command_failed" });
    await expect(runCommand([], { cwd: dir })).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("bounds 10 MB of output to the start and the end", async () => {
    const script =
      "for (const to of [process.stdout, process.stderr]) to.write('start' + 'x'.repeat(10_000_000) + 'end')";
    const result = await runCommand([node, "-e", script], { cwd: dir, maxOutput: 1_000 });
    expect(result.truncated).toBe(true);
    for (const text of [result.stdout, result.stderr]) {
      expect(text.length).toBeLessThan(1_100);
      expect(text.startsWith("startxxx")).toBe(true);
      expect(text.endsWith("xxxend")).toBe(true);
    }
  });
});

describe("bounded", () => {
  test("holds no more than it keeps, however much comes", () => {
    const kept = bounded(1_000);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100; i++) kept.push(Buffer.alloc(4_000_000, "x"));
    // Before anybody asks what was kept, and with room for what is not collected yet.
    globalThis.gc?.();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(250_000_000);
    expect(kept.text()).toContain(`[${400_000_000 - 1_000} bytes left out]`);
  });

  test("keeps everything up to the bound, and first and last beyond it, however it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme-ascii", maxLength: 40 }), { maxLength: 30 }),
        fc.integer({ min: 2, max: 60 }),
        (chunks, max) => {
          const all = chunks.join("");
          const kept = bounded(max);
          for (const chunk of chunks) kept.push(Buffer.from(chunk));
          const half = Math.floor(max / 2);
          const expected =
            all.length <= max
              ? all
              : `${all.slice(0, half)}\n[${all.length - max} bytes left out]\n${all.slice(all.length - (max - half))}`;
          expect(kept.text()).toBe(expected);
          expect(kept.truncated).toBe(all.length > max);
        },
      ),
    );
  });
});
