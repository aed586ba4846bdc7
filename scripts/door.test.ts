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
