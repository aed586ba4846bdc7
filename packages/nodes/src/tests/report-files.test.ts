import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readOutcome } from "./read-outcome.ts";
import { reportFiles } from "./report-files.ts";

const recordings = join(import.meta.dirname, "../../fixtures/outputs/files");

const flat = [
  'größe ≤ 10 & "quoted" <tag>',
  "discounts for members takes 10 % off",
  "a broken hook never runs",
  "rejects",
];
const nested = [flat[0] ?? "", "discounts > for members > takes 10 % off", "a broken hook > never runs", "rejects"];
const node = ["broken.test.mjs", 'größe ≤ 10 & "quoted" <tag>', "discounts > for members > takes 10 % off"].concat(
  "times out",
  "rejects",
);
const vitest = ['größe ≤ 10 & "quoted" <tag> ]]>', "discounts > for members > takes 10 % off"].concat(
  ["adds 1 and 2"].map((name) => `discounts > for members > ${name}`),
  "rejects",
  "times out",
);
const inFile = ["broken.test.ts", ...[...vitest, "a broken hook"].map((name) => `shop.test.ts > ${name}`)];
const pytest = ["test_sum", "test_odd[2]", "test_odd[a & <b>]", "test_db"].map((name) => `test_shop > ${name}`);
const rich = "example.org/rich";
const go = [`${rich} > TestAdd`, "TestPrint", "TestTable > a > b", "TestParent", "ExampleAdd", `${rich}/b > TestAdd`];
const java = ["addsUp", "odd(int)[2]", "breaks"].map((name) => `shop.BasketTest > ${name}`);

/** What failed in each, by name, and how many tests there were, as the report says. */
const cases: readonly (readonly [recording: string, total: number, failed: readonly string[]])[] = [
  ["ctest-junit", 4, ["sum", "slow"]],
  ["go-json", 14, [...go, `${rich}/c`, "TestSlow"]],
  ["jest-30-json", 7, ["/repo/t/broken.test.js", ...nested]],
  // Of a file that does not load it says nothing, unless it is told to.
  ["jest-30-junit", 7, flat],
  [
    "mocha-11-json",
    4,
    ["größe ≤ 10", "discounts for members > takes 10 % off", 'a broken hook > "before all" hook for "never runs"'],
  ],
  // Node escapes what it writes as XML twice.
  ["node-24-junit", 9, node.map((name) => name.replaceAll('"', "&quot;"))],
  ["node-24-tap", 9, node],
  ["pytest-9-junit", 9, [...pytest, "test_shop.TestDiscounts > test_ten"]],
  ["surefire", 6, [...java, "shop.DbTest"]],
  // A hook that failed is no test in vitest's JSON.
  ["vitest-5-json", 10, ["/repo/broken.test.ts", ...vitest]],
  ["vitest-5-junit", 12, inFile],
];

test.each(cases)(
  "%s, written into a file and not said: what failed, and how many there were",
  async (name, total, failed) => {
    const reports = await reportFiles(join(recordings, name), 0);
    const read = readOutcome(["run"], false, "The report was written.", reports);
    expect({ total: read.total, failed: read.failures.map((each) => each.name).toSorted() }).toEqual({
      total,
      failed: failed.toSorted(),
    });
    for (const { name: of, message } of read.failures) {
      expect(message).not.toContain("failed to run");
      expect(message).not.toContain("\u001B");
      if (of.endsWith("takes 10 % off")) expect(message).toMatch(/deep|toEqual/);
      if (/never runs|broken hook|DbTest$/.test(of)) expect(message).toMatch(/no database/);
      if (of === "sum") expect(message).toBe("expected 3, found 2");
    }
  },
);

test("what the command says comes first, and a report that claims success changes nothing", async () => {
  const reports = await reportFiles(join(recordings, "vitest-5-junit"), 0);
  const tap = "TAP version 13\nnot ok 1 - own\n1..1\n";
  expect(readOutcome(["run"], false, tap, reports)).toMatchObject({ total: 1, failures: [{ name: "own" }] });
  expect(readOutcome(["run"], true, "", reports)).toMatchObject({ total: 12, failed: 0, failures: [] });
  const well = ['<testsuite><testcase name="fine"/></testsuite>'];
  expect(readOutcome(["run"], false, "it broke", well)).toMatchObject({
    failures: [{ name: "run", message: "it broke" }],
  });
});

test("only what this run wrote counts; links are not followed, and what looks like no report is left alone", async () => {
  const dir = await mkdtemp(join(tmpdir(), "brainops-reports-"));
  try {
    const report = (name: string): string =>
      `<testsuite><testcase name="${name}"><failure message="no"/></testcase></testsuite>`;
    await mkdir(join(dir, "node_modules/other"), { recursive: true });
    await mkdir(join(dir, "out"));
    await mkdir(join(dir, ".vitest/junit"), { recursive: true });
    await writeFile(join(dir, ".vitest/junit/output.xml"), report("hidden"));
    await writeFile(join(dir, "node_modules/other/junit.xml"), report("foreign"));
    await writeFile(join(dir, "out/old.xml"), report("old"));
    await utimes(join(dir, "out/old.xml"), 1, 1);
    await writeFile(join(dir, "out/pom.xml"), "<project/>");
    await writeFile(join(dir, "out/data.bin"), report("binary"));
    await writeFile(join(dir, "out/new.xml"), report("new"));
    await symlink(join(recordings, "vitest-5-junit"), join(dir, "link"));
    await symlink(join(recordings, "ctest-junit/out.xml"), join(dir, "out/link.xml"));
    expect(await reportFiles(dir, 1_000_000)).toEqual([report("hidden"), report("new")]);
    expect(await reportFiles(join(dir, "none"), 0)).toEqual([]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
