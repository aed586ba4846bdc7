import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fingerprint, mask, shape, wilsonLowerBound } from "@brainops/core/healing";

function of(text: string): string {
  return fingerprint({ source: "log", subject: "shop", text });
}

describe("the same fault, with other details, has the same fingerprint", () => {
  test.each([
    ["order 17 failed after 20 ms", "order 4711 failed after 9 ms"],
    [
      "2026-11-02T10:00:00.123Z cannot connect to 10.0.0.7:5432",
      "2027-01-31 23:59:59,001 cannot connect to 192.168.1.22:6543",
    ],
    ["connect ECONNREFUSED 127.0.0.1:41233", "connect ECONNREFUSED 127.0.0.1:8080"],
    ["connect ECONNREFUSED ::1:41233", "connect ECONNREFUSED ::1:80"],
    ["no user 3f2504e0-4f89-41d3-9a0c-0305e82c3301", "no user 7d444840-9dc0-11d1-b245-5ffdce74fad2"],
    [
      "ENOENT: no such file or directory, open '/home/ann/app/config.json'",
      "ENOENT: no such file or directory, open '/srv/releases/9f2c1aa/config.json'",
    ],
    ["TypeError in src/lib/pay.js:10:3", "TypeError in /opt/x/src/lib/pay.js:99:1"],
    ["SyntaxError: Unexpected token } in JSON at position 12", "SyntaxError: Unexpected token } in JSON at position 7"],
    ["worker 3 out of memory at 0x7ffee1", "worker 12 out of memory at 0x10aa"],
    ["commit 9f2c1aab failed", "commit 0011aabbcc failed"],
    [
      "GET http://localhost:3000/health timed out after 1000ms",
      "GET http://localhost:45123/health timed out after 250ms",
    ],
    ["\u001B[31mfailed\u001B[39m 3 times", "failed 4 times"],
    ["used 93.5% of 1,024 MB", "used 98% of 512 MB"],
    ["Nov 29 22:10:11 kernel: disk failed", "Dec  1 02:00:00 kernel: disk failed"],
    ["29 Nov 2026 22:10:11.123 # disk failed", "1 Jan 2027 02:00:00.001 # disk failed"],
    ["[29/Nov/2026:22:10:11 +0000] GET failed", "[01/Jan/2027:02:00:00 +0100] GET failed"],
  ])("%s", (one, other) => {
    expect(mask(one)).toBe(mask(other));
    expect(of(one)).toBe(of(other));
  });
});

describe("different faults are kept apart", () => {
  test.each([
    ["HTTP 500 from /pay", "HTTP 404 from /pay"],
    ["status 502", "status: 503"],
    ["exit code 1", "exit code 137"],
    ["open '/srv/a/config.json' failed", "open '/srv/a/users.json' failed"],
    ["connect ECONNREFUSED 127.0.0.1:80", "connect ETIMEDOUT 127.0.0.1:80"],
    ["invalid value for cache.size", "invalid value for cache.ttl"],
    ["GET http://localhost:3000/health failed", "GET http://localhost:3000/orders failed"],
    ["deadbeef", "facade"],
    ["db1.example.org:5432 is down", "db.example.com:5432 is down"],
    ["cannot read property 'id' of undefined", "cannot read property 'name' of undefined"],
  ])("%s", (one, other) => {
    expect(of(one)).not.toBe(of(other));
  });

  test("a line for machines by its message, and a text of any length in a moment", () => {
    const said = (text: string): string => fingerprint({ source: "log", subject: "shop", text });
    const line = (pid: number, msg: string): string => JSON.stringify({ level: 50, pid, host: `web${pid}.a`, msg });
    expect(said(line(7, "cart 7 is lost"))).toBe(said(line(4711, "cart 9 is lost")));
    expect(said(line(7, "cart 7 is lost"))).not.toBe(said(line(7, "cart 7 is empty")));
    const before = process.cpuUsage();
    for (const piece of ["1.", "a.", "a-", "/a", "a@b.", "12:", "ab1_"]) of(piece.repeat(500_000));
    // It takes a fraction of a second; with all of it looked at, hours.
    expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
  });

  test("by subject, source and application frames", () => {
    const fault = { source: "error", subject: "shop", text: "boom" } as const;
    const stack = (name: string): string =>
      `Error: boom\n    at ${name} (/srv/app/pay.js:1:2)\n    at node:internal/x:1:1`;
    const all = [
      fault,
      { ...fault, subject: "stock" },
      { ...fault, source: "log" as const },
      { ...fault, stack: stack("pay") },
      { ...fault, stack: stack("refund") },
    ].map(fingerprint);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("a stack counts by the application's frames", () => {
  const node = (root: string, line: number): string =>
    [
      "TypeError: boom",
      `    at Object.pay (${root}/src/pay.js:${line}:5)`,
      `    at async retry (file://${root}/src/retry.js:${line + 1}:1)`,
      `    at async retry (file://${root}/src/retry.js:${line + 9}:1)`,
      `    at Router.handle (${root}/node_modules/router/index.js:${line}:1)`,
      `    at new Promise (<anonymous>)`,
      "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
    ].join("\n");

  test("of Node", () => {
    const fault = (stack: string): string => shape({ source: "error", subject: "shop", text: "boom", stack });
    expect(fault(node("/srv/a", 10))).toBe("error\nshop\nboom\npay in pay.js\nretry in retry.js");
    expect(fault(node("/home/me/b", 77))).toBe(fault(node("/srv/a", 10)));
  });

  test("of Python", () => {
    const stack =
      'Traceback (most recent call last):\n  File "/srv/app/main.py", line 3, in <module>\n    run()\n  File "/usr/lib/python3.12/json/decoder.py", line 9, in decode\n  File "/srv/app/pay.py", line 9, in pay\n    raise ValueError(1)\nValueError: 1';
    expect(shape({ source: "error", subject: "s", text: "ValueError", stack })).toBe(
      "error\ns\nValueError\npay in pay.py\n<top> in main.py",
    );
  });
});

describe("properties", () => {
  const word = fc
    .stringMatching(/^[a-z]{3,9}$/)
    .filter((text) => !/^(?:line|lines|code|error|errno|exit|status|signal)$/.test(text));
  const kinds = [
    fc.nat().map(String),
    fc.uuid(),
    fc.ipV4(),
    fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }).map((date) => date.toISOString()),
    fc.nat().map((n) => `0x${n.toString(16)}`),
  ];
  const varying = fc.oneof(...kinds);
  /** Two values of one kind. */
  const pair = fc.oneof(...kinds.map((kind) => fc.tuple(kind, kind)));

  test("masking twice is masking once", () => {
    const piece = fc.oneof(
      word,
      varying,
      fc.constantFrom(
        "/a/b.js:3:4",
        "HTTP 500",
        "exit code -1",
        "x@y.org",
        "::1:80",
        "12ms",
        "C:\\a\\b.txt",
        "deadbeef1",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
        const once = mask(parts.join(" "));
        expect(mask(once)).toBe(once);
      }),
    );
  });

  test("words decide, and what varies does not", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, pair), { minLength: 1, maxLength: 8 }), (parts) => {
        const text = (pick: 0 | 1): string => parts.map(([name, values]) => `${name} ${values[pick]}`).join(" ");
        expect(mask(text(0))).toBe(mask(text(1)));
        expect(of(text(0))).toBe(of(text(1)));
      }),
    );
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 8 }),
        fc.array(word, { minLength: 1, maxLength: 8 }),
        (one, other) => {
          fc.pre(one.join(" ") !== other.join(" "));
          expect(of(one.join(" "))).not.toBe(of(other.join(" ")));
        },
      ),
    );
  });

  test("the lower bound grows with proof and stays a share", () => {
    expect(wilsonLowerBound(0, 0)).toBe(0);
    expect(wilsonLowerBound(1, 1)).toBeCloseTo(0.2065, 3);
    expect(wilsonLowerBound(9, 10)).toBeCloseTo(0.5958, 3);
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (a, b) => {
        const [successes, tries] = a <= b ? [a, b] : [b, a];
        const bound = wilsonLowerBound(successes, tries);
        expect(bound).toBeGreaterThanOrEqual(0);
        expect(bound).toBeLessThanOrEqual(tries === 0 ? 0 : successes / tries + 1e-12);
        expect(wilsonLowerBound(successes + 1, tries + 1)).toBeGreaterThanOrEqual(bound);
      }),
    );
  });
});
