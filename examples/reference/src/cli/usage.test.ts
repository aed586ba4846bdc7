import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../commands/index.ts";
import { makeRepo } from "../test-support/repo.ts";
import { say } from "../test-support/in-process.ts";

let folder: string;
let repo: string;
let taken: Server;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-usage-"));
  repo = await makeRepo(join(folder, "repo"), {
    "package.json": JSON.stringify({ type: "module", scripts: { test: "node --test" } }),
    "a.test.js": "",
  });
  await makeRepo(join(folder, "untested"), { "README.md": "Nothing to test." });
  await makeRepo(join(folder, "dirty"), { "a.test.js": "" });
  writeFileSync(join(folder, "dirty", "a.test.js"), "changed");
  taken = createServer();
  await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
  port = (taken.address() as AddressInfo).port;
});
afterAll(async () => {
  taken.close();
  await rm(folder, { recursive: true, force: true });
});

/** A server is named, so that there is a model; nobody asks it. */
const env = { BRAINOPS_LOCAL_URL: "http://127.0.0.1:9/v1" };

describe("bad input is a clear error, exit code 2, and leaves nothing behind", () => {
  const cases: readonly (readonly [string, () => readonly string[], RegExp])[] = [
    ["an unknown command", () => ["dance"], /no command 'dance'.*--help/],
    ["half of a wrong one", () => ["memory", "lose"], /no command 'memory lose'. See 'npx brainops memory --help'/],
    ["a slip of the finger", () => ["memory", "recal", "x"], /Did you mean 'npx brainops memory recall'\?/],
    ["an unknown option", () => ["demo", "--fast"], /--fast.*brainops demo --help/],
    ["a missing word", () => ["show"], /needs RUN/],
    ["a word too many", () => ["runs", "please"], /'please' is one word too many/],
    ["a seed that is no number", () => ["demo", "--seed", "x"], /--seed must be a whole number/],
    ["a negative seed", () => ["demo", "--seed", "-1"], /argument is ambiguous. See 'npx brainops demo --help'/],
    ["an id that is a path", () => ["demo", "--id", "../up"], /--id must be/],
    ["an id that is a path (run)", () => ["run", "--repo", repo, "--goal", "x", "--id", "a/b"], /--id must be/],
    ["a folder to replay", () => ["replay", "./untested"], /is a folder.*--ci/],
    ["a folder without journals", () => ["replay", "--ci", "untested"], /no journal.*brainops export/],
    ["a folder of journals that is not there", () => ["replay", "--ci", "nowhere"], /no folder .*nowhere/],
    ["an unknown way to break", () => ["demo", "--break", "heart"], /'config' or 'stuck'/],
    ["a port that is taken (demo)", () => ["demo", "--port", String(port)], /Port \d+ is taken.*--port/],
    ["a missing repository", () => ["run", "--goal", "x"], /--repo DIR is missing/],
    ["an empty goal", () => ["run", "--repo", repo, "--goal", "  "], /--goal is empty/],
    ["a missing goal", () => ["run", "--repo", repo], /--goal TEXT is missing/],
    ["a folder that is not there", () => ["run", "--repo", "nowhere", "--goal", "x"], /no folder .*nowhere/],
    [
      "a folder that is no repository",
      () => ["run", "--repo", folder, "--goal", "x"],
      /not in a git repository.*git init/,
    ],
    ["uncommitted changes", () => ["run", "--repo", "dirty", "--goal", "x"], /not committed.*Commit/],
    ["no tests", () => ["run", "--repo", "untested", "--goal", "x"], /No tests were found.*--test/],
    ["an open quote", () => ["run", "--repo", repo, "--goal", "x", "--test", `node "a`], /quote is not closed/],
    [
      "a test command that is not there",
      () => ["run", "--repo", repo, "--goal", "x", "--test", "nosuchcmd --all"],
      /no program 'nosuchcmd', neither on PATH nor in .*--test/,
    ],
    [
      "a service that is not there",
      () => ["run", "--repo", repo, "--goal", "x", "--serve", "./no/such"],
      /no program '.\/no\/such'.*--serve/,
    ],
    ["a port without a service", () => ["run", "--repo", repo, "--goal", "x", "--port", "1"], /--serve/],
    [
      "a port that is taken",
      () => ["run", "--repo", repo, "--goal", "x", "--serve", "node a.js", "--port", String(port)],
      /Port \d+ is taken/,
    ],
    ["an unknown run", () => ["show", "r1"], /no memory.*brainops demo/],
    ["a run to resume that is not there", () => ["resume", "r1"], /no memory/],
    ["a file to replay that is not there", () => ["replay", "x.jsonl"], /no memory/],
    ["a home that is a file", () => ["demo", "--home", join(repo, "package.json")], /is a file, not a folder.*--home/],
    ["a home that cannot be written", () => ["demo", "--home", "/proc/brainops"], /cannot be written.*--home/],
  ];

  test.each(cases)("%s", async (_name, args, message) => {
    const before = readdirSync(folder, { recursive: true });
    const { code, stdout, stderr } = await say(args(), { cwd: folder, env });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^brainops: .* \[\w+\]\n$/);
    expect(code).toBe(2);
    // A demo says what it is about to do before it looks for room.
    expect(stdout.split("\n").length).toBeLessThan(6);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  test("a run without a model says what to set", async () => {
    const { code, stderr } = await say(["run", "--repo", repo, "--goal", "x"], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/ANTHROPIC_API_KEY.*\[no_model\]/);
    expect(existsSync(join(folder, ".brainops"))).toBe(false);
  });

  test("with --json the error is JSON, and nothing else is said", async () => {
    const { code, stdout, stderr } = await say(["show", "r1", "--json"], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "not_found" } });
  });
});

test("says which version it is", async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
    version: string;
  };
  expect(await say(["--version"], { cwd: folder })).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  expect(JSON.parse((await say(["--version", "--json"], { cwd: folder })).stdout)).toEqual({ version });
});

describe("help", () => {
  test("lists every command", async () => {
    const { code, stdout } = await say(["--help"], { cwd: folder });
    expect(code).toBe(0);
    for (const { name } of commands) expect(stdout).toContain(name);
  });

  test.each(commands.map(({ name }) => name))("of '%s' names its options", async (name) => {
    const { code, stdout } = await say([...name.split(" "), "--help"], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain(`brainops ${name}`);
    expect(stdout).toContain("--json");
  });

  test("of a word that several begin with lists them", async () => {
    const { code, stdout } = await say(["memory", "--help"], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain("memory rotate-key");
    expect(stdout).not.toContain("demo");
    expect(await say(["help", "memory"], { cwd: folder })).toEqual({ code, stdout, stderr: "" });
    expect(await say(["memory"], { cwd: folder })).toEqual({ code: 2, stdout: "", stderr: stdout });
  });

  test("shows what cannot be left out first, without brackets", async () => {
    const { stdout } = await say(["help", "run"], { cwd: folder });
    expect(stdout).toContain("npx brainops run --repo DIR --goal TEXT [--test CMD]");
  });

  test("stands in the guide, every command of it", () => {
    const guide = readFileSync(join(import.meta.dirname, "../../../../docs/guides/reference.md"), "utf8");
    const table = guide.split("\n").filter((line) => line.startsWith("| `brainops "));
    const named = table.flatMap((line) =>
      [...(line.split("|")[1] ?? "").matchAll(/`(?:brainops )?([^`]+)`/g)].map(([, text = ""], index, all) => {
        const group = /^`brainops (memory )/.exec(all[0]?.[0] ?? "")?.[1] ?? "";
        return (index === 0 ? text : group + text).replace(/( --?[a-z].*| [A-Z].*)$/, "");
      }),
    );
    expect(named.toSorted()).toEqual(commands.map(({ name }) => name).toSorted());
  });

  test("with --json is JSON", async () => {
    const { stdout } = await say(["replay", "--help", "--json"], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ help: expect.stringContaining("brainops replay") as string });
  });

  test("is given on stderr, with exit code 2, when nothing was asked for", async () => {
    const { code, stderr } = await say([], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain("demo");
  });
});

test("an empty home has no runs, and is not made by looking", async () => {
  const { code, stdout } = await say(["runs", "--json"], { cwd: folder });
  expect([code, stdout]).toEqual([0, "[]\n"]);
  expect(existsSync(join(folder, ".brainops"))).toBe(false);
});

test("colours are for terminals, and NO_COLOR is respected", async () => {
  const args = ["demo", "--home", "/proc/brainops"];
  const colour = "\u001b[";
  expect((await say(args, { cwd: folder, tty: true })).stdout).toContain(colour);
  expect((await say(args, { cwd: folder, tty: true, env: { NO_COLOR: "1" } })).stdout).not.toContain(colour);
  expect((await say(args, { cwd: folder })).stdout).not.toContain(colour);
});
