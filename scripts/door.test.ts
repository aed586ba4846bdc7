import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openDoor } from "./door.ts";

let folder: string;
let out: string[];
let err: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brainops-door-"));
  writeFileSync(join(folder, "run.ts"), "");
  writeFileSync(join(folder, "echo.test.ts"), "");
  writeFileSync(
    join(folder, "echo.ts"),
    "// Says what it was given.\nexport async function run(options) {\n  console.log(JSON.stringify(options));\n}\n",
  );
  out = [];
  err = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void out.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void err.push(line));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test("--help lists the scenarios by their first comment, and nothing else in the folder", async () => {
  expect(await openDoor("bench", folder, ["--help"])).toBe(0);
  expect(out.join("\n")).toMatch(/^ {2}echo {2}Says what it was given\.$/m);
  expect(out.join("\n")).not.toMatch(/^ {2}(run|echo\.test)/m);
});

test("an unknown name is answered with the known ones and exit code 2", async () => {
  expect(await openDoor("bench", folder, ["ecko"])).toBe(2);
  expect(err.join("\n")).toContain('There is no bench "ecko". Known: echo.');
  expect(out).toEqual([]);
});

test("--help behind a name shows what it is, and its options", async () => {
  writeFileSync(
    join(folder, "loud.ts"),
    '// Shouts.\nexport const help = "  --much  more";\nexport async function run() {}\n',
  );
  expect(await openDoor("bench", folder, ["loud", "--help"])).toBe(0);
  expect(out.join("\n")).toMatch(/-- loud .*\n\nShouts\.\n\n {2}--much {2}more$/);
});

test("an option that a scenario does not know is told, with exit code 2", async () => {
  const lines = [
    'import { parseArgs } from "node:util";',
    "export const run = async ({ args }) => void parseArgs({ args });",
  ];
  writeFileSync(join(folder, "strict.ts"), `// Knows none.\n${lines.join("\n")}\n`);
  expect(await openDoor("bench", folder, ["strict", "--what"])).toBe(2);
  expect(err.join("\n")).toMatch(/'--what'.*\nSee `npm run bench -- strict --help`/s);
});

test("no name shows the help on stderr and exits with 2", async () => {
  expect(await openDoor("torture", folder, [])).toBe(2);
  expect(err.join("\n")).toContain("npm run torture -- NAME");
});

test.each([
  [["--json"], { json: true, args: [] }],
  [["--data", "d", "--records", "10"], { json: false, data: "d", args: ["--records", "10"] }],
  [["--records=10", "--data=d", "x", "--json"], { json: true, data: "d", args: ["--records=10", "x"] }],
])("the scenario is given %j", async (argv, given) => {
  expect(await openDoor("bench", folder, ["echo", ...argv])).toBe(0);
  expect(JSON.parse(out[0] ?? "")).toEqual(given);
});
