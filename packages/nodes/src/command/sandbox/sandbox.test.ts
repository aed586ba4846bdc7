import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand, type CommandOptions, type CommandResult } from "../run-command.ts";
import { findBubblewrap } from "./bubblewrap.ts";
import { sandboxFor, sandboxWords, type SandboxOptions } from "./options.ts";
import { withSetting } from "./processes.ts";

const node = process.execPath;
const here = findBubblewrap("bwrap").program !== undefined;
const kinds: readonly (readonly [string, SandboxOptions])[] = [
  ...(here ? [["bubblewrap", {}] as const] : []),
  ["no bubblewrap", { bubblewrap: "no-such-bubblewrap" }],
];

let top = "";
let dir = "";
let server: Server | undefined;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "brainops-sandbox-"));
  dir = join(top, "work");
  await mkdir(dir);
  await writeFile(join(top, "secret.txt"), "hush");
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(top, { recursive: true, force: true });
});

function run(
  command: readonly string[],
  sandbox: SandboxOptions,
  options: Partial<CommandOptions> = {},
): Promise<CommandResult> {
  return runCommand(command, { cwd: dir, timeoutMs: 15_000, sandbox: sandboxFor(sandbox, "test"), ...options });
}

function script(code: string, sandbox: SandboxOptions, options: Partial<CommandOptions> = {}): Promise<CommandResult> {
  return run([node, "-e", code], sandbox, options);
}

describe.each(kinds)("with %s", (_name, sandbox) => {
  test("a command works in its folder, and says how it ended", async () => {
    const result = await script(
      "require('fs').writeFileSync('made', process.cwd()); require('fs').writeFileSync(process.env.HOME + '/x', ''); console.log('hi'); process.exit(3)",
      sandbox,
    );
    expect(result).toMatchObject({ exitCode: 3, stdout: "hi\n", stderr: "", limit: null });
    expect(await readFile(join(dir, "made"), "utf8")).toBe(dir);
  });

  test("over a link to its folder it works in the folder itself; it leaves no core dumps", async () => {
    await symlink(dir, join(top, "link"));
    const code = "require('fs').writeFileSync('made', ''); console.log(process.cwd(), process.env.PWD)";
    const { stdout } = await script(code, sandbox, { cwd: join(top, "link") });
    expect(stdout).toBe(`${dir} ${dir}\n`);
    expect(existsSync(join(dir, "made"))).toBe(true);
    expect((await run(["sh", "-c", "ulimit -c; ulimit -f"], { ...sandbox, fileMb: 1 })).stdout).toBe("0\n2048\n");
  });

  test("its environment holds no secret", async () => {
    process.env["BRAINOPS_TEST_SECRET"] = "hush";
    try {
      expect((await run(["env"], sandbox)).stdout).not.toContain("hush");
    } finally {
      delete process.env["BRAINOPS_TEST_SECRET"];
    }
  });

  test("a Node program does not write outside", async () => {
    await symlink(top, join(dir, "out"));
    const write = (path: string): Promise<CommandResult> =>
      script(`require('fs').writeFileSync(${JSON.stringify(path)}, 'bad')`, sandbox);
    await write(join(top, "secret.txt"));
    await write(join(top, "new.txt"));
    // Node's permission model does not look where a link leads that was there before.
    if (sandbox.bubblewrap === undefined) await write("out/secret.txt");
    expect(await readFile(join(top, "secret.txt"), "utf8")).toBe("hush");
    expect(existsSync(join(top, "new.txt"))).toBe(false);
  });

  test("one that never ends is ended, with what it left in groups of its own, and without the mark that is on it", async () => {
    const code = `
      require("child_process").spawn("sleep", ["1000"], { detached: true, stdio: "ignore", env: { PATH: process.env.PATH, MINE: ${JSON.stringify(dir)} } }).unref();
      process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")`;
    const result = await script(code, sandbox, { timeoutMs: 1_500 });
    expect(result).toMatchObject({ timedOut: true, stdout: "up\n" });
    await expect.poll(() => withSetting(`MINE=${dir}`)).toEqual([]);
  });

  test("one that ends is not outlived by what it started", async () => {
    const code = `require("child_process").spawn("sleep", ["1000"], { detached: true, stdio: "ignore", env: { ...process.env, MINE: ${JSON.stringify(dir)} } }).unref()`;
    expect((await script(code, sandbox)).exitCode).toBe(0);
    await expect.poll(() => withSetting(`MINE=${dir}`)).toEqual([]);
  });

  test("one that forks without end is ended for it", async () => {
    const bomb = "while :; do sleep 100 & done";
    const result = await run(["sh", "-c", bomb], { ...sandbox, processes: 40 });
    expect(result).toMatchObject({ limit: "processes", timedOut: false });
  });

  test("one that takes too much memory is ended for it", async () => {
    const hog = "const all = []; setInterval(() => all.push(Buffer.alloc(20_000_000, 1)), 20)";
    expect(await script(hog, { ...sandbox, memoryMb: 200 })).toMatchObject({ limit: "memory", timedOut: false });
  });

  test("10 MB of output are bounded, and a file cannot grow without end", async () => {
    const loud = await script("process.stdout.write('x'.repeat(10_000_000))", sandbox, { maxOutput: 1_000 });
    expect(loud.truncated).toBe(true);
    expect(loud.stdout.length).toBeLessThan(1_100);
    const big = await run(["sh", "-c", "head -c 3000000 /dev/zero > big"], { ...sandbox, fileMb: 1 });
    expect(big.exitCode).not.toBe(0);
  });

  test("input and file names with newlines go through as they are", async () => {
    await writeFile(join(dir, "a\nb"), "odd");
    expect((await run(["cat", "a\nb", "-"], sandbox, { input: " in" })).stdout).toBe("odd in");
  });

  test("what it puts into the place of .git is not what git meets later", async () => {
    await writeFile(join(dir, ".git"), "gitdir: /somewhere");
    await run(["sh", "-c", "rm -f .git; mkdir .git && echo evil > .git/config; true"], sandbox);
    expect(await readFile(join(dir, ".git"), "utf8")).toBe("gitdir: /somewhere");
  });

  test("a program that is missing is an error that says so", async () => {
    await expect(run(["no-such-program-here"], sandbox)).rejects.toMatchObject({ code: "command_failed" });
  });

  test("the report says what holds and what does not", async () => {
    const { sandbox: report } = await run(["true"], sandbox);
    if (report === null) throw new Error("a command in a sandbox has a report");
    if (sandbox.bubblewrap === undefined) {
      expect(report).toMatchObject({ kind: "bubblewrap", missing: [] });
      expect(sandboxWords(report)).toContain("in a bubblewrap sandbox");
    } else {
      expect(report.kind).not.toBe("bubblewrap");
      expect(report.missing).toEqual(
        expect.arrayContaining([
          "no network",
          "no reading outside of the work folder",
          expect.stringContaining("no writing outside"),
          "because no-such-bubblewrap is not installed",
        ]),
      );
      const allowed = await run(["true"], { ...sandbox, network: "all" });
      expect(allowed.sandbox?.missing).not.toContain("no network");
      expect(sandboxWords(report)).toContain("without a sandbox");
    }
  });
});

test("`required` refuses where there is no bubblewrap, and says what to do", async () => {
  const refused = script("require('fs').writeFileSync('ran', '')", {
    mode: "required",
    bubblewrap: "no-such-bubblewrap",
  });
  await expect(refused).rejects.toMatchObject({ code: "unsupported", message: expect.stringContaining("Install it") });
  expect(existsSync(join(dir, "ran"))).toBe(false);
});

test("a sandbox that cannot be made after all is an error, and nothing that the command did", async () => {
  const fake = join(top, "bwrap");
  // It passes the trial, and fails when it is to do the same for the command.
  await writeFile(fake, '#!/bin/sh\ncase "$*" in *" true") exit 0;; esac\necho "no room" >&2; exit 1\n', {
    mode: 0o755,
  });
  await expect(run(["ls"], { bubblewrap: fake })).rejects.toMatchObject({
    code: "command_failed",
    message: expect.stringContaining("the sandbox could not be made: no room"),
  });
});

test("the network is for nobody, for the set-up alone, or for all", () => {
  const reach = (network?: "none" | "setup" | "all"): readonly boolean[] =>
    (["test", "setup"] as const).map(
      (purpose) => sandboxFor(network === undefined ? {} : { network }, purpose).network,
    );
  expect([reach(), reach("none"), reach("setup"), reach("all")]).toEqual([
    [false, false],
    [false, false],
    [false, true],
    [true, true],
  ]);
});

test("a limit that is no limit is refused", () => {
  expect(() => sandboxFor({ memoryMb: 0 }, "test")).toThrow(expect.objectContaining({ code: "invalid_input" }));
});

describe(
  here ? "only inside of bubblewrap" : "only inside of bubblewrap, which this machine does not have: nothing to try",
  () => {
    const only = here ? test : (_name: string, _try: () => Promise<void>): void => {};
    test("the machine was looked at", () => expect(typeof here).toBe("boolean"));

    only("what lies outside cannot be read, by any program and over any link", async () => {
      await symlink("../secret.txt", join(dir, "link"));
      for (const path of [join(top, "secret.txt"), "link", "/etc/shadow", `/proc/${process.pid}/environ`]) {
        expect(await run(["cat", path], {})).toMatchObject({ stdout: "" });
      }
      await writeFile(join(top, "shared.txt"), "shared");
      expect((await run(["cat", join(top, "shared.txt")], { readable: [join(top, "shared.txt")] })).stdout).toBe(
        "shared",
      );
    });

    only("shell programs cannot write outside either, nor to what they may read", async () => {
      const write = "echo bad > ../secret.txt; echo bad > /usr/bad; echo bad > /bad; mkdir /dev/bad; true";
      await run(["sh", "-c", write], { readable: [join(top, "secret.txt")] });
      expect(await readFile(join(top, "secret.txt"), "utf8")).toBe("hush");
      expect((await run(["sh", "-c", "ls /bad /usr/bad"], {})).stdout).toBe("");
    });

    only(".git cannot be changed, moved or replaced: it decides what git runs outside", async () => {
      await writeFile(join(dir, ".git"), "gitdir: /somewhere");
      const attack = "echo x > .git; mv .git other; rm -f .git; ln -sf evil .git; true";
      await run(["sh", "-c", attack], {});
      expect(await readFile(join(dir, ".git"), "utf8")).toBe("gitdir: /somewhere");
    });

    only("it does not learn how it is found again", async () => {
      const { stdout } = await run(["env"], {}, { lease: join(top, "run", "lease") });
      expect(stdout).not.toContain("BRAINOPS_");
    });

    only("the network is away unless it is allowed", async () => {
      server = createServer((_request, response) => response.end("reached")).listen(0, "127.0.0.1");
      await new Promise((resolve) => server?.once("listening", resolve));
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const get = `fetch("http://127.0.0.1:${port}").then((r) => r.text()).then(console.log, () => console.log("away"))`;
      expect((await script(get, {})).stdout).toBe("away\n");
      expect((await script(get, { network: "all" })).stdout).toBe("reached\n");
      const own = `const s = require("http").createServer((q, r) => r.end("own")).listen(0, async () => { console.log(await (await fetch("http://127.0.0.1:" + s.address().port)).text()); s.close(); })`;
      expect((await script(own, {})).stdout).toBe("own\n");
    });

    only(
      "it sees no process but its own, has no rights of root, no terminal, and may not make namespaces",
      async () => {
        expect((await run(["grep", "CapEff", "/proc/self/status"], {})).stdout).toMatch(/^CapEff:\s+0+\n$/);
        // A session of its own: the one outside has no number in here.
        const [, , , session] = (await run(["cat", "/proc/self/stat"], {})).stdout.replace(/^.*\) /, "").split(" ");
        expect(Number(session)).toBeGreaterThan(0);
        const seen = await run(["sh", "-c", "ls -d /proc/[0-9]* | wc -l"], {});
        expect(Number(seen.stdout)).toBeLessThan(8);
        expect((await run(["unshare", "--user", "--map-root-user", "true"], {})).exitCode).not.toBe(0);
      },
    );
  },
);
