import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fingerprint, logGroups } from "@brainops/core/healing";

describe("log lines", () => {
  test.each([
    ["Connection from 10.0.0.7:4312 closed after 20 ms", "Connection from 10.0.0.9:80 closed after 1.5 s"],
    ["session opened for user ann by (uid=0)", "session opened for user bob by (uid=17)"],
    ["job 7f2c81aa-0c4e-4d0a-9b1c-3b1d0a5f6e11 done", "job 11111111-2222-4333-8444-555555555555 done"],
    ["api.example.org:443 refused the connection twice", "db.example.com:5432 refused the connection twice"],
    ["read 1200 bytes (1.17 KB) from disk", "read 7 bytes from disk"],
    ["cache=main hits=17 misses=3 ratio=0.85", "cache=main hits=1 misses=900 ratio=0.01"],
    ["took 00:01 for block_17", "took <1 sec for block_18"],
    ["kept in memory (size 384.0 B, free 1.2 MB)", "kept in memory (size 46.7 KB, free 389.6 KB)"],
    ["offer on eth1 to 00:11:43:e3:ba:c3", "offer on eth0 to aa:bb:cc:dd:ee:ff"],
    ['lock=233 flags=0x1 tag="View Lock" ws=null', 'lock=7 flags=0x2 tag="RADIO" ws=none'],
    ["hidden= false, moved=  false, done=true", "hidden= true, moved=  true, done=false"],
    ["input hdfs://10.0.0.7:9000/logs/a.log:29168+7292", "input hdfs://store/b:0+7"],
    [
      '10.0.0.1 "GET /v2/servers/detail HTTP/1.1" status: 200',
      '10.0.0.2 "GET /latest/meta-data/ HTTP/1.1" status: 404',
    ],
    ["loading C:\\Windows\\a\\core.dll now", "loading C:\\Users\\b\\other.dll now"],
    ["mail from ann@example.org refused", "mail from bob.b@mail.example.com refused"],
    ["Failed password for root from 10.0.0.1 port 42 ssh2", "Failed password for uucp from 10.0.0.2 port 7 ssh2"],
    ["connection from ::ffff:10.1.2.3 refused by fe80::1ff", "connection from ::1 refused by 2001:db8::2"],
  ])("that differ in values are one group: %s", (one, other) => {
    const groups = logGroups();
    expect(groups.add(one).id).toBe(groups.add(other).id);
    expect(groups.groups()).toMatchObject([{ count: 2 }]);
  });

  test.each([
    ["instance 7 started (lifecycle event)", "instance 7 stopped (lifecycle event)"],
    ["opened through the proxy SOCKS5", "opened through the proxy HTTPS"],
    ["disk is full", "disk is fine again"],
    ["authentication failed", "replication failed"],
    [
      "Block a_9 stored as bytes in memory (estimated size 5.2 KB, free 5.2 KB)",
      "Block a_9 stored as values in memory (estimated size 5.2 KB, free 5.2 KB)",
    ],
    [
      "[instance: 0b0c4e5f] Took 19.05 seconds to spawn the instance on the hypervisor.",
      "[instance: 1b0c4e5f] Took 0.51 seconds to destroy the instance on the hypervisor.",
    ],
  ])("that differ in a word are two: %s", (one, other) => {
    const groups = logGroups();
    expect(groups.add(one).id).not.toBe(groups.add(other).id);
  });

  test("of some thirty programs: each message is one group, and none another's", () => {
    const text = readFileSync(join(import.meta.dirname, "../../fixtures/log-shapes.txt"), "utf8");
    const blocks = text
      .split(/\n{2,}/)
      .filter((block) => block.trim() !== "")
      .slice(1);
    const messages = blocks.map((block) => ({
      wrong: block.startsWith("# wrong"),
      lines: block.split("\n").filter((line) => line !== "" && !line.startsWith("# ")),
    }));
    expect(messages.length).toBeGreaterThan(80);
    const groups = logGroups();
    // As they come: the first lines of all, then their second ones.
    const ids = [0, 1].map((round) => messages.map(({ lines }) => groups.add(lines[round] ?? "").id));
    const owners = new Map<string, Set<number>>();
    for (const round of ids)
      for (const [i, id] of round.entries()) owners.set(id, (owners.get(id) ?? new Set()).add(i));
    const wrong = messages.filter(
      (_, i) => ids[0]?.[i] !== ids[1]?.[i] || ids.some((round) => (owners.get(round[i] ?? "")?.size ?? 0) > 1),
    );
    expect(wrong.map(({ lines }) => lines[0])).toEqual(
      messages.filter((each) => each.wrong).map(({ lines }) => lines[0]),
    );
  });

  test.each([
    ['{"level":50,"msg":"cart 17 is empty"}', '{"level":50,"msg":"cart 17 is full of holes"}'],
    ['{"msg":"request errored","err":{"type":"TypeError"}}', '{"msg":"request errored","err":{"type":"RangeError"}}'],
    ['level=error msg="peer joined" peer=a', 'level=error msg="peer left" peer=a'],
    ['10.0.0.1 "GET /v2/a/servers HTTP/1.1" status: 200', '10.0.0.2 "POST /v2/a/servers HTTP/1.1" status: 202'],
    ["shop.service: Failed with result 'oom-kill'.", "shop.service: Failed with result 'exit-code'."],
    ["value read: tty=1 and more of the same", "value read: uid=1 and more of the same"],
  ])("what a line for machines says tells it apart: %s", (one, other) => {
    const groups = logGroups();
    expect(groups.add(one).id).not.toBe(groups.add(other).id);
  });

  test("a line of a container's log is read within its envelope", () => {
    const groups = logGroups();
    const said = (log: string): string =>
      JSON.stringify({ log: `${log}\n`, stream: "stderr", time: "2026-11-29T22:10:11Z" });
    const { id } = groups.add(said('{"level":50,"msg":"cart 17 was lost"}'));
    expect(groups.add(said('{"level":50,"msg":"cart 4711 was lost"}')).id).toBe(id);
    expect(groups.add("cart 9 was lost").id).toBe(id);
  });

  test("no line takes long, whatever is in it", () => {
    const lines = ["1.", "a.", "a-", 'a="', ', a: "b"', '"', '{"a":', "a,", "a=1 ", "(", "a@", "'a-b", "a b "].map(
      (piece) => piece.repeat(2_000 / piece.length),
    );
    const groups = logGroups();
    const before = process.cpuUsage();
    for (let i = 0; i < 50; i++) for (const line of lines) groups.add(`${line} ${i}`);
    // It takes a quarter of a second; with one pattern that looks at all of it from each place, five seconds and more.
    expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
  });

  test("a template shows what is the same", () => {
    const groups = logGroups();
    groups.add("moved block a7 of file /x/y1 to node n3 over the slow network");
    expect(groups.add("moved block b8 of file /x/y2 to node n4 over the slow network").template).toBe(
      "moved block <*> of file <*> to node <*> over the slow network",
    );
  });

  const jobs = ["mailer", "billing", "reports", "ledger", "nightly", "stock", "search"];

  test.each([
    ["Job % failed: the lock was not there", jobs],
    ["% gave up: the lock was not there", jobs],
    [
      "the host % has lost its link to the store",
      ["mars", "venus", "ceres", "juno", "vesta", "pluto", "web-1", "db2", "gw.example.org"],
    ],
    ["checked the mail of box %, all well", jobs],
  ])("that differ in a name become one once there are enough of them: %s", (message, names) => {
    const groups = logGroups();
    const ids = names.map((name) => groups.add(message.replace("%", name)).id);
    expect(new Set(ids).size).toBeGreaterThan(1);
    expect(new Set(ids.map((id) => groups.now(id)?.id)).size).toBe(1);
    expect(groups.groups()).toMatchObject([{ template: message.replace(/%(?=,?)/, "<*>").replace("<*>,", "<*>") }]);
    const one = groups.add(message.replace("%", "another"));
    expect(one).toMatchObject({ id: groups.now(ids[0] ?? "")?.id, count: names.length + 1 });
    // What it learnt goes with it.
    const next = logGroups({ known: groups.groups() });
    expect(next.add(message.replace("%", "other")).id).toBe(one.id);
  });

  test("that differ in several names become one", () => {
    const groups = logGroups();
    for (const [i, job] of jobs.entries())
      groups.add(`Job ${job} did not begin since ${jobs[(i * 3 + 1) % 7]} was not there`);
    expect(groups.groups()).toMatchObject([
      { template: "Job <*> did not begin since <*> was not there", count: jobs.length, names: [1, 6] },
    ]);
  });

  test.each([
    ["Failed to % the file /var/a/b", ["read", "write", "open", "close", "rename", "lock", "stat"]],
    ["could not % the host a:1", ["find", "reach", "trust", "probe", "resolve", "contact", "meet"]],
    ["the server was % by 10.0.0.1", ["started", "stopped", "paused", "killed", "drained", "restarted", "moved"]],
    ["error % device 7 again", ["opening", "reading", "writing", "closing", "probing", "naming", "moving"]],
    [
      "worker 7 died with % in round 3",
      ["TypeError", "RangeError", "SyntaxError", "KeyError", "OSError", "ENOENT", "EPIPE"],
    ],
    ["the link to 10.0.0.1 is % since 3 s", ["UP", "DOWN", "ACTIVE", "PENDING", "WAITING", "CLOSED", "LOST"]],
    ["main: % the pool has no more room", ["trace", "debug", "info", "notice", "warning", "fatal", "panic"]],
  ])("that differ in what happened never become one: %s", (message, words) => {
    const groups = logGroups();
    for (const word of [...words, ...words]) groups.add(message.replace("%", word));
    expect(groups.groups()).toHaveLength(words.length);
  });

  test("another process goes on with the groups of the first", () => {
    const first = logGroups();
    const known = [first.add("worker 1 died"), first.add("queue main has 7 jobs waiting")];
    const second = logGroups({ known: first.groups() });
    expect(second.add("worker 2 died")).toEqual({ ...known[0], count: 2 });
    expect(second.add("queue main has 0 jobs waiting").id).toBe(known[1]?.id);
  });

  test("memory is bounded, and what is met again stays", () => {
    const groups = logGroups({ most: 10 });
    const letters = (n: number): string => String.fromCharCode(...`${n}`.split("").map((digit) => 97 + Number(digit)));
    for (let i = 0; i < 500; i++) {
      groups.add("heartbeat lost");
      groups.add(`${letters(1000 + i)} ${letters(2000 + i)} happened`);
    }
    expect(groups.groups()).toHaveLength(10);
    expect(groups.groups().find(({ template }) => template === "heartbeat lost")?.count).toBe(500);
  });

  test("any line has a group, and the same line the same group", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { minLength: 1, maxLength: 30 }), (lines) => {
        const groups = logGroups();
        for (const line of lines) expect(groups.add(line).id).toBe(groups.add(line).id);
        expect(groups.groups().reduce((sum, { count }) => sum + count, 0)).toBe(lines.length * 2);
      }),
    );
  });

  test("a fault from a log is grouped by its lines' group when it is known", () => {
    const fault = (text: string, group: string): string =>
      fingerprint({ source: "log", subject: "shop", text, data: { group } });
    expect(fault("moved to rack blue", "g1")).toBe(fault("moved to rack green", "g1"));
    expect(fault("moved to rack blue", "g1")).not.toBe(fault("moved to rack blue", "g2"));
    // What a group takes for a value may be a code with a meaning.
    expect(fault("pod 7 exited with code 137", "g1")).not.toBe(fault("pod 7 exited with code 1", "g1"));
    expect(fault("pod 7 exited with code 137", "g1")).toBe(fault("pod 9 exited with code 137", "g1"));
    expect(fault("a.service: Failed with result 'timeout'.", "g1")).not.toBe(
      fault("a.service: Failed with result 'signal'.", "g1"),
    );
    expect(fault('{"status":502,"ms":3}', "g1")).not.toBe(fault('{"status":504,"ms":3}', "g1"));
    expect(fault("HTTP/1.1 502 in 17 ms", "g1")).toBe(fault("HTTP/1.1 502 in 4711 ms", "g1"));
  });
});
