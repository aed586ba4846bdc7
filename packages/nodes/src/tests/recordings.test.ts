import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readOutcome } from "./read-outcome.ts";

const recordings = join(import.meta.dirname, "../../fixtures/outputs/rich");

const own = ["adds", "a name: with colon (5 ms) # and hash", "deep", "text"];
const inner = "group > inner > more > inner fails";
const flat = "group inner > more inner fails";
const each = ["same 1 2", "matches"];
const jest = [...own, inner, "group > async", "hook > never", ...each];
const under = (file: string, names: readonly string[]): readonly string[] => names.map((name) => `${file} > ${name}`);
const vitest = ["v/broken.test.js", ...under("v/rich.test.js", ["hook", ...own, inner, "group > async", ...each])];
const node = [...own, inner, "group > async", "hook > never", "late", "parent > sub"];
const hook = '"before all" hook for "never"';
const pytest = ["same[1-2]", "text[x - y]", "text[c[d]e]", "long", "strict", "setup", "end"]
  .map((name) => `test_rich.py::test_${name}`)
  .concat("test_rich.py::TestGroup::test_deep", "test_rich.py::Old::test_old");
const pytestJunit = pytest.map((name) =>
  name.replace(".py::", name.includes("Test") || name.includes("Old") ? "." : " > ").replace("::", " > "),
);
const unittest = ["Plain.test_dicts", "Plain.test_error", "Plain.test_msg", "Plain.test_sub", "Plain.test_unexpected"]
  .concat("Bad.setUpClass")
  .map((name) => `test_u.${name}`);
const cargo = ["adds", "multi", "other_panic", "result", "should", "threaded"].map((name) => `tests::${name}`);
const more = [...cargo, "fails", "src/lib.rs - add (line 3)"];
const rich = "example.org/rich";
const go = [`${rich} > TestAdd`, "TestPrint", "TestTable > a > b", "TestParent", "ExampleAdd"].concat(
  `${rich}/b > TestAdd`,
  `${rich}/c`,
);

const github = ["broken.test.ts"].concat(
  under("shop.test.ts", [
    'größe ≤ 10 & "quoted" <tag> ]]>',
    "discounts > for members > takes 10 % off",
    "discounts > for members > adds 1 and 2",
    "a broken hook",
    "rejects",
    "times out",
  ]),
);

/** What failed in each, by name, and how many tests there were, as the runner counts them. */
const cases: readonly (readonly [recording: string, total: number, failed: readonly string[]])[] = [
  ["ava-tap", 6, ["adds", "throws"]],
  ["ctest", 4, ["sum", "prices", "slow"]],
  ["cargo-backtraces", 15, more],
  ["cargo-compile", 0, ["src/lib.rs"]],
  ["cargo-nocapture", 9, cargo],
  ["cargo-quiet", 15, more],
  ["go-json", 14, [...go, "TestSlow"]],
  ["go-plain", 7, [...go, `${rich}/f`]],
  ["go-verbose", 14, [...go, "TestSlow"]],
  ["jest-27", 15, [...jest, "./broken.test.js"]],
  ["jest-30", 15, jest],
  ["jest-30-colours", 15, [...jest, "./broken.test.js"]],
  ["jest-junit", 15, [...own, flat, "group async", "hook never", ...each]],
  [
    "gradle-8",
    7,
    ["BasketTest > addsUp()", "BasketTest > Discounts > takesTenPercent()", "DbTest > initializationError"],
  ],
  [
    "mocha-json",
    4,
    ["größe ≤ 10", "discounts for members > takes 10 % off", 'a broken hook > "before all" hook for "never runs"'],
  ],
  ["mocha-11", 12, [...own, inner, "group > async", `hook > ${hook}`]],
  ["mocha-8", 12, [...own, inner, "group > async", `hook > ${hook}`]],
  ["mocha-min", 12, [...own, inner, "group > async", `hook > ${hook}`]],
  ["mocha-junit", 10, [...own, flat, "group async", `hook ${hook}`]],
  // mocha leaves the sign out of what it writes as TAP.
  ["mocha-tap", 12, [...own, flat, "group async", `hook ${hook}`].map((name) => name.replace("# ", " "))],
  ["mocha-xunit", 12, [...own, "group inner > more > inner fails", "group > async", `hook > ${hook}`]],
  ["node-20-spec", 16, [...node, "hook"]],
  ["node-24-spec", 16, [...node, "hook"]],
  ["node-24-dot", 9, ["broken.test.mjs", 'größe ≤ 10 & "quoted" <tag>', "takes 10 % off", "times out", "rejects"]],
  ["node-24-tap", 16, [...node, "hook"]],
  ["node-24-junit", 15, node],
  ["pytest-collection", 1, ["test_broken.py"]],
  ["pytest-junit", 16, pytestJunit],
  ["pytest-junit-collection", 1, ["test_broken"]],
  ["pytest-plain", 17, pytest],
  ["pytest-printing", 17, pytest],
  ["pytest-short", 17, pytest],
  [
    "pytest-unittest",
    12,
    [...unittest.slice(0, 5), "test_u.Bad.test_never"].map((name) =>
      name.replace(".", ".py::").replace(/\.(?=test_)/, "::"),
    ),
  ],
  ["pytest-verbose-colours", 17, pytest],
  ["surefire-2", 3, ["shop.BasketTest > addsUp", "shop.BasketTest > breaks"]],
  ["surefire-3", 6, [...["addsUp", "odd(int)[2]", "breaks"].map((name) => `shop.BasketTest > ${name}`), "shop.DbTest"]],
  ["tape", 8, ["adds > should be strictly equal", "throws > should throw", "throws > deep", "planned > plan != count"]],
  ["unittest-2.7", 9, unittest],
  ["unittest-3.8", 9, unittest],
  ["unittest-3.11", 10, [...unittest, "unittest.loader._FailedTest.test_nomod"]],
  ["unittest-3.13", 9, unittest],
  ["unittest-plain", 9, unittest],
  ["vitest-1", 16, vitest],
  ["vitest-1-junit", 19, vitest],
  ["vitest-5", 17, vitest],
  ["vitest-5-github", 7, github],
  ["vitest-5-tap", 19, vitest],
];

/** What the ones say that are in each language's suite, whoever writes it. */
const says: readonly (readonly [test: RegExp, message: RegExp])[] = [
  [/inner fails$/, /^(?:\w+Error: )?boom$/],
  [/ async$/, /^(?:Error: )?async bad$/],
  [/(?:^|> )a name: with colon \(5 ms\) #? ?and hash$/, /^(?:Error: )?multi\nline: message\n\nafter blank$/],
  [/(?<!broken )hook(?: > | |$)(?:never|"before all".*)?$/, /^(?:Error: )?hook bad$|cancelled|^failed$/],
  [/test_error$/, /^RuntimeError: second$/],
  [/test_deep$/, /KeyError: 'key'$/],
  [/test_dicts$/, /^(?:AssertionError: )?\{'a': 1, 'b': \[1, 2, 3\]\} != \{'a': 2, 'b': \[1, 2\]\}\n- /],
  [/tests::multi$/, /^first\n\nsecond$/],
  [/tests::result$/, /^Error: "bad result"$/],
  [/tests::threaded$/, /^called `Result::unwrap\(\)`/],
  [/^example.org\/rich > TestAdd$/, /^a_test.go:4: got 2, want 3\na_test.go:4: second\n {4}with lines/],
  [/\/b > TestAdd$/, /^panic: assignment to entry in nil map/],
  [/rich\/c$/, /^c\/c_test.go:3:28: undefined: undefined$/],
  [/TestSlow$|rich\/f$/, /^panic: test timed out after 1s$/],
  [/BasketTest > addsUp/, /^sum of the basket (?:==> )?expected: ?<3> but was: ?<2>$/],
  [/BasketTest > breaks$/, /^java.lang.NullPointerException: /],
  [/takesTenPercent/, /^java.lang.AssertionError at BasketTest.java:12$/],
  [/DbTest/, /^java.lang.IllegalStateException: no database$/],
  [/^times out$/, /^test timed out after 20ms$/],
  [/ a broken hook$/, /^no database$/],
  [/throws > deep$/, /^expected \{ a: \[ 1, 3 \] \}, found \{ a: \[ 1, 2 \] \}$/],
];

test.each(cases)("%s: what failed, how many there were, and why", (recording, total, names) => {
  const text = readFileSync(join(recordings, `${recording}.txt`), "utf8");
  const read = readOutcome(["run"], false, text);
  expect({ total: read.total, failed: read.failures.map(({ name }) => name).toSorted() }).toEqual({
    total,
    failed: names.toSorted(),
  });
  // A file or package that could not be built has no test.
  const none = (name: string): boolean => /^\.\/broken|^(?:v\/)?broken|^src\/lib.rs$|\/c$/.test(name);
  const tests = read.tests.filter(({ status }) => status === "failed").map(({ name }) => name);
  expect(tests.filter((name) => !none(name)).toSorted()).toEqual(
    names.filter((name) => !none(name) && (name !== "hook" || !/spec/.test(recording))).toSorted(),
  );
  for (const { name, message } of read.failures)
    for (const [of, what] of says)
      if (of.test(name)) expect({ name, message }).toEqual({ name, message: expect.stringMatching(what) });
});
