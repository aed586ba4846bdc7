import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJunit } from "./junit.ts";
import type { ReadTest } from "./outcome.ts";
import { readOutcome } from "./read-outcome.ts";
import { readTap } from "./tap.ts";

const named = (read: { readonly tests: readonly ReadTest[] } | undefined): string =>
  (read?.tests ?? []).map(({ name, status }) => `${status[0]} ${name}`).join("\n");

describe("JUnit's XML as it is written by", () => {
  test("surefire: reruns, output that looks like a report, and a class that could not be set up", () => {
    const read = readJunit(`[INFO] Running com.example.CartTest
<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="com.example.CartTest" time="0.05" tests="5" errors="1" skipped="1" failures="1">
  <properties><property name="java.version" value="17"/></properties>
  <testcase name="adds" classname="com.example.CartTest" time="0.01">
    <failure message="expected: &lt;3&gt; but was: &lt;2&gt;" type="org.opentest4j.AssertionFailedError"><![CDATA[org.opentest4j.AssertionFailedError: expected: <3> but was: <2>
	at com.example.CartTest.adds(CartTest.java:12)
]]></failure>
    <system-out><![CDATA[<testcase name="printed"><failure/></testcase>]]></system-out>
  </testcase>
  <testcase name="shaky" classname="com.example.CartTest"><flakyFailure message="once" type="x"><stackTrace>at x</stackTrace></flakyFailure></testcase>
  <testcase name="bad" classname="com.example.CartTest"><error message="boom" type="java.lang.IllegalStateException">java.lang.IllegalStateException: boom
	at com.example.CartTest.bad(CartTest.java:20)
</error><rerunError message="again"><stackTrace>x</stackTrace></rerunError></testcase>
  <testcase name="later" classname="com.example.CartTest"><skipped message="why"/></testcase>
  <testcase name="" classname="com.example.OtherTest"><error type="java.lang.ExceptionInInitializerError"/></testcase>
</testsuite>`);
    expect(named(read)).toBe(
      ["f com.example.CartTest > adds", "p com.example.CartTest > shaky", "f com.example.CartTest > bad"]
        .concat("s com.example.CartTest > later", "f com.example.OtherTest")
        .join("\n"),
    );
    expect(read?.failures[0]).toEqual({
      name: "com.example.CartTest > adds",
      message: "expected: <3> but was: <2>",
      stack: "at com.example.CartTest.adds(CartTest.java:12)",
    });
  });

  test("gotestsum: the message is in the text", () => {
    const read = readJunit(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1" errors="0" time="0.1">
	<testsuite tests="2" failures="1" time="0.002" name="example.org/a" timestamp="2026-11-24T14:07:26Z">
		<properties><property name="go.version" value="go1.23 linux/amd64"></property></properties>
		<testcase classname="example.org/a" name="TestAdd" time="0.000">
			<failure message="Failed" type="">=== RUN   TestAdd&#xA;    a_test.go:7: got 1, want 2&#xA;--- FAIL: TestAdd (0.00s)&#xA;</failure>
		</testcase>
		<testcase classname="example.org/a" name="TestLater" time="0.000">
			<skipped message="=== RUN   TestLater&#xA;    a_test.go:9: why&#xA;--- SKIP: TestLater (0.00s)&#xA;"></skipped>
		</testcase>
	</testsuite>
</testsuites>`);
    expect(named(read)).toBe("f example.org/a > TestAdd\ns example.org/a > TestLater");
    expect(read?.failures[0]?.message).toBe("a_test.go:7: got 1, want 2");
  });

  test("Google's tests, PHPUnit and others: single quotes, nested suites, several failures, tests that were not run", () => {
    const read = readJunit(`<testsuites><!-- <testcase name="no"/> --><testsuite name='All'><testsuite name='Sums'>
<testcase name='adds' status='run' result='completed' classname='Sums'><failure message='a.cc:5&#x0A;Value of: 2'><![CDATA[a.cc:5]]></failure><failure message='second'/></testcase>
<testcase name='off' status='notrun' result='suppressed' classname='Sums'/>
<testcase name="it &quot;says&quot; &amp;lt;" classname="All.Sums" assertions="1"/></testsuite>
<testsuite name="empty"/></testsuite></testsuites>
<testsuite name="second report"><error message="the file does not load"/></testsuite>`);
    expect(named(read)).toBe('f All > Sums > adds\ns All > Sums > off\np All > Sums > it "says" &lt;\nf second report');
    expect(read?.failures.map(({ message }) => message)).toEqual(["a.cc:5\nValue of: 2", "the file does not load"]);
  });

  test("nobody: what it does not know is no report, and what breaks off is read as far as it goes", () => {
    expect(readJunit("<html><body>testsuite</body></html>")).toBeUndefined();
    expect(readJunit("<testsuites/>")).toMatchObject({ total: 0, failed: 0 });
    expect(named(readJunit('<testsuite><testcase name="a"/><testcase name="b"><failure>bo'))).toBe("p a\nf b");
  });

  test("any name, message and text come back", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab <>&\"'\n]]>é√/-".split("")), maxLength: 12 });
    const escaped = (value: string): string => value.replaceAll(/[<>&"'\n]/g, (sign) => `&#${sign.codePointAt(0)};`);
    const one = fc.record({
      name: text,
      message: text,
      status: fc.constantFrom("passed", "failed", "skipped"),
      cdata: fc.boolean(),
      body: text,
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), (list) => {
        const cases = list.map(({ name, message, status, cdata, body }) => {
          const inner = cdata ? `<![CDATA[${body.replaceAll("]]>", "")}]]>` : escaped(body);
          const tag = status === "failed" ? "failure" : "skipped";
          return `<testcase name="x${escaped(name)}"><system-out>${inner}</system-out>${status === "passed" ? "" : `<${tag} message='m${escaped(message)}'>${inner}</${tag}>`}</testcase>`;
        });
        const read = readJunit(`noise <p>\n<testsuite name="s">${cases.join("\n")}</testsuite>`);
        expect(read?.tests).toEqual(list.map(({ name, status }) => ({ name: `x${name}`.trim(), status })));
        expect(read?.failures.map(({ message }) => message)).toEqual(
          list.filter(({ status }) => status === "failed").map(({ message }) => `m${message}`.trim()),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe("TAP", () => {
  test("12, without a version, as Perl's tests and bats write it: messages in comments, directives in any case", () => {
    const read = readTap(`1..5
ok 1 - fine
not ok 2 - adds
#   Failed test 'adds'
#   at t/sum.t line 5.
#          got: '2'
#     expected: '3'
ok 3 # skip no network
not ok 4 - later # todo some day
#   Failed (TODO) test 'later'
not ok 5
# (in test file a.bats, line 7)
#   \`[ "$sum" -eq 3 ]' failed
# Looks like you failed 1 test of 5.`);
    expect(named(read)).toBe("p fine\nf adds\ns test 3\ns later\nf test 5");
    expect(read?.failures.map(({ message }) => message)).toEqual([
      "at t/sum.t line 5.\ngot: '2'\nexpected: '3'",
      expect.stringContaining('[ "$sum" -eq 3 ]\' failed'),
    ]);
  });

  test("14: subtests announced by comments, escaped signs, pragmas, YAML of every style", () => {
    const read = readTap(`TAP version 14
pragma +strict
# Subtest: outer
    # Subtest: inner
        ok 1 - deep \\# one
        not ok 2 - deep two
          ---
          message: >-
            folded
            words
          severity: fail
          data:
            got: 1
          ...
        1..2
    not ok 1 - inner
    1..1
not ok 1 - outer
ok 2 - alone # SKIP why
1..2`);
    expect(named(read)).toBe("p outer > inner > deep # one\nf outer > inner > deep two\ns alone");
    expect(read?.failures).toEqual([{ name: "outer > inner > deep two", message: "folded words" }]);
  });

  test("whose diagnostics come apart, on the error output", () => {
    const read = readTap(`ok 1 - fine
not ok 2 - adds
# Subtest: group
    not ok 1 - inner
    1..1
not ok 3 - group
1..3

#   Failed test 'adds'
#   at t/sum.t line 5.
#          got: '2'
    #   Failed test 'inner'
    #   at t/sum.t line 7.
#   Failed test 'group'
#   at t/sum.t line 8.
# Looks like you failed 2 tests of 3.`);
    expect(read?.failures).toEqual([
      { name: "adds", message: "at t/sum.t line 5.\ngot: '2'" },
      { name: "group > inner", message: "at t/sum.t line 7." },
    ]);
  });

  test("that breaks off, is skipped whole, or ran less than planned", () => {
    expect(readTap("1..3\nok 1 - a\nBail out! No database")).toMatchObject({
      total: 1,
      failed: 1,
      failures: [{ name: "Bail out!", message: "No database" }],
    });
    expect(readTap("1..0 # SKIP no perl here")).toMatchObject({ total: 0, failed: 0, failures: [] });
    expect(readTap("TAP version 13\n1..3\nok 1 - a\nok 2 - b")?.failures).toEqual([
      { name: "plan", message: "3 tests were planned, but 2 ran" },
    ]);
    // What was printed looks like a point, but its number is not the next.
    expect(named(readTap("1..2\nok 1 - a\nok 7 - printed\nnot ok 2 - b"))).toBe("p a\nf b");
  });

  test("is not what only looks like it", () => {
    for (const text of ["ok \texample.org/a\t0.02s", "1..5", "everything ok", "ok\nok then", "not okay 1"])
      expect(readTap(text)).toBeUndefined();
  });
});

describe("others", () => {
  test("gotestsum", () => {
    const read = readOutcome(
      ["gotestsum"],
      false,
      `✖  example.org/a (3ms)

=== Skipped
=== SKIP: example.org/a TestSkip (0.00s)
    a_test.go:6: why

=== Failed
=== FAIL: example.org/a TestGroup/inner_fails (0.00s)
    a_test.go:15: boom

=== FAIL: example.org/a TestGroup (0.00s)

=== Errors
b/b_test.go:3:28: undefined: add

DONE 5 tests, 1 skipped, 2 failures, 1 error in 0.204s
`,
    );
    expect(read.total).toBe(5);
    expect(read.failures).toEqual([
      { name: "TestGroup > inner_fails", message: "a_test.go:15: boom" },
      { name: "build", message: "b/b_test.go:3:28: undefined: add" },
    ]);
  });

  test("cargo nextest", () => {
    const read = readOutcome(
      ["cargo", "nextest", "run"],
      false,
      `    Starting 3 tests across 1 binary (1 test skipped)
        PASS [   0.003s] rich tests::fine
  TRY 1 FAIL [   0.004s] rich tests::shaky
  TRY 2 PASS [   0.004s] rich tests::shaky
        FAIL [   0.004s] (3/3) rich tests::adds

--- STDOUT:              rich tests::adds ---

running 1 test
test tests::adds ... FAILED

failures:

---- tests::adds stdout ----
thread 'tests::adds' panicked at src/lib.rs:9:5:
assertion failed: 1 == 2

failures:
    tests::adds

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 8 filtered out; finished in 0.00s

     Summary [   0.006s] 3 tests run: 2 passed (1 flaky), 1 failed, 1 skipped
        FAIL [   0.004s] (3/3) rich tests::adds
`,
    );
    expect(read).toMatchObject({ total: 4, failed: 1 });
    expect(named(read)).toBe("p rich > tests::fine\np rich > tests::shaky\nf rich > tests::adds");
    expect(read.failures[0]).toMatchObject({
      message: "assertion failed: 1 == 2",
      stack: expect.stringContaining("lib.rs:9"),
    });
  });

  test("what a test prints is not taken for its runner's report, where the command names the runner", () => {
    const printed = 'Tests: 9 failed, 9 total\n<testsuite><testcase name="printed"><failure/></testcase></testsuite>\n';
    const output = `${printed}FAILED a.py::test_a - assert 1 == 2\n1 failed, 1 passed in 0.1s\n`;
    expect(readOutcome(["python3", "-m", "pytest"], false, output)).toMatchObject({ total: 2, failed: 1 });
  });
});

describe("whatever a command writes", () => {
  const line = fc.constantFrom(
    ...'<testsuite|<testcase name="a">|<failure>|</testcase>|<![CDATA[|]]>|not ok 1 - a|ok|1..3|  ---|  ...|Bail out!|--- FAIL: TestA (0.00s)|FAIL\ta\t0.1s|=== RUN   TestA|panic: x|test a ... FAILED|---- a stdout ----|test result: FAILED. 1 passed; 1 failed; 0 ignored|error: could not compile `a`|FAILED a.py::t[ - x|____ a ____|E   x|1 failed in 0.1s|Ran 2 tests in 0.1s|FAIL: a (b.c)|======================|----------------------|Tests: 1 failed, 1 total|  ● a › b| FAIL  a > b|      Tests  1 failed (1)|  1 passing (2ms)|  1) a:|ℹ tests 1|ℹ fail 1|✖ failing tests:|test at a|✖ a (1ms)|"Action":"fail"|{"Action":"output","Output":"x"}|\u001B[31m|x'.split(
      "|",
    ),
  );
  test("is read without an error, and a failing command has a failure with a name and a message", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 30 }), fc.boolean(), (lines, passed) => {
        const read = readOutcome(["run"], passed, lines.join("\n"));
        expect(read.failures.length > 0).toBe(!passed);
        for (const { message } of read.failures) expect(message.trim()).not.toBe("");
        expect(read.failed).toBeGreaterThanOrEqual(read.failures.length);
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ["tags", '<testcase a="'],
    ["attributes", "<testcase a='\" "],
    ["comments", "<testsuite><!-- "],
    ["points", "not ok 1 - a\n  ---\n"],
    ["comments of TAP", "not ok 1\n# x\n"],
    ["brackets", "FAILED a.py::t[[[["],
    ["underscores", "_____ "],
    ["panics", "panic: goroutine "],
    ["dots", "test a ... ... "],
    ["escapes", "\u001B[0;0;"],
    ["spaces", " ".repeat(50)],
    ["letters", "x"],
    ["numbers", "1 failed, "],
    ["frames", " at x:1"],
    ["paths", "a.go:1"],
    ["names", "a::b"],
  ])("takes no longer by being hostile: %s", (_what, piece) => {
    const head = "<testsuite>\nTAP version 13\n1..1\nok 1\n";
    const tails = [
      "",
      "1 failed in 0.1s",
      "Ran 2 tests in 0.1s",
      "test result: FAILED. 1 passed; 1 failed; 0 ignored",
      "FAIL\ta\t0.1s",
      "  1 passing (2ms)",
      "Tests: 1 failed, 1 total",
      "      Tests  1 failed (1)",
      "ℹ tests 1\nℹ fail 1",
    ];
    const body = piece.repeat(Math.ceil(200_000 / piece.length));
    const before = process.cpuUsage();
    for (const tail of tails) readOutcome(["run"], false, `${tail === "" ? head : ""}${body}\n${tail}\n`);
    // Microseconds of this process alone: how busy the machine is does not matter.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });
});
