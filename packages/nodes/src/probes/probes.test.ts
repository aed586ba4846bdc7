import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keepInMemory, logProbe, metricProbe, seeded, tcpProbe, unusual } from "@brainops/nodes";

const { signal } = new AbortController();

test("tcp: well while something listens", async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const probe = tcpProbe({ name: "port", subject: "shop", port });
  expect(await probe.check(signal)).toMatchObject({ ok: true, detail: "connected" });
  await new Promise((resolve) => server.close(resolve));
  expect(await probe.check(signal)).toMatchObject({ ok: false, detail: expect.stringContaining("ECONNREFUSED") });
});

test("log: the same fault of many jobs is one group, also in the next process", async () => {
  const dir = mkdtempSync(join(tmpdir(), "brainops-log-"));
  try {
    const file = join(dir, "jobs.log");
    writeFileSync(file, "");
    const keep = keepInMemory();
    const said = (job: string): string => `Error: job ${job} has lost its lease\n`;
    const look = async (probe: ReturnType<typeof logProbe>, ...jobs: string[]): Promise<string | undefined> => {
      await probe.check(signal, keep);
      appendFileSync(file, jobs.map(said).join(""));
      return (await probe.check(signal, keep)).group;
    };
    const options = { name: "log", subject: "jobs", file };
    const probe = logProbe(options);
    const first = await look(probe, "mailer", "billing", "reports", "ledger", "nightly", "stock", "search");
    expect(first).toBe(await look(probe, "audit"));
    expect(await look(logProbe(options), "routes")).toBe(first);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("log: new complaints only, as groups, through rotation, half a line and a missing file", async () => {
  const dir = mkdtempSync(join(tmpdir(), "brainops-log-"));
  try {
    const file = join(dir, "shop.log");
    const probe = logProbe({ name: "log", subject: "shop", file });
    expect(await probe.check(signal)).toMatchObject({ ok: true });
    writeFileSync(file, "started\n");
    expect(await probe.check(signal)).toMatchObject({ ok: true, detail: "nothing new" });
    const lines = Array.from({ length: 1_000 }, (_, i) => `request ${i} failed: Error: no stock for item ${i * 7}`);
    appendFileSync(file, `${lines.join("\n")}\nfatal: half a li`);
    const first = await probe.check(signal);
    expect(first).toMatchObject({ ok: false, detail: lines[0] });
    expect(await probe.check(signal)).toMatchObject({ ok: true });
    appendFileSync(file, "ne\n");
    expect(await probe.check(signal)).toMatchObject({ ok: false, detail: "fatal: half a line" });
    renameSync(file, `${file}.1`);
    writeFileSync(file, "request 9 failed: Error: no stock for item 63\n");
    const again = await probe.check(signal);
    expect(again).toMatchObject({ ok: false, group: first.group });
    rmSync(file);
    expect(await probe.check(signal)).toMatchObject({ ok: true });
    // A file that is there before the first look is history.
    writeFileSync(file, "Error: long ago\n");
    expect(await logProbe({ name: "log", subject: "shop", file }).check(signal)).toMatchObject({ ok: true });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("metric: bounds, and what is unusual", async () => {
  let value = 5;
  const probe = metricProbe({
    name: "queue",
    subject: "shop",
    sample: () => value,
    max: 10,
    unit: "jobs",
    anomaly: true,
  });
  for (let i = 0; i < 20; i++) {
    value = 5 + (i % 3) / 10;
    expect(await probe.check(signal)).toMatchObject({ ok: true });
  }
  value = 9;
  expect(await probe.check(signal)).toMatchObject({ ok: false, detail: "9 jobs is unusually high" });
  value = 11;
  expect(await probe.check(signal)).toMatchObject({ ok: false, detail: "11 jobs is above 10 jobs" });
  value = Number.NaN;
  expect(await probe.check(signal)).toMatchObject({ ok: false, detail: "there is no number" });
});

test("an anomaly is rare in noise, found in a shift, and a new normal is learnt", () => {
  const random = seeded(3);
  const usual = unusual();
  let alarms = 0;
  for (let i = 0; i < 5_000; i++) if (usual.add(100 + 10 * random.normal()) !== null) alarms += 1;
  expect(alarms).toBeLessThanOrEqual(2);
  const shifted = Array.from({ length: 60 }, () => usual.add(250 + 10 * random.normal()));
  expect(shifted.slice(0, 30).every((said) => said === "unusually high")).toBe(true);
  expect(shifted.slice(31).some((said) => said !== null)).toBe(false);
});
