import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Store, Write } from "@brainops/core";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type PostgresServer } from "../../../scripts/postgres-server.ts";
import { postgres } from "./index.ts";

const patience = 60_000;
let server: PostgresServer;
let disk: string | undefined;

beforeAll(async () => {
  server = await startPostgres();
  disk = server.data === "" ? undefined : mountDisk(server.data);
}, patience);

afterAll(async () => {
  await server.halt();
  if (disk !== undefined) execFileSync("umount", [disk]);
  await server.stop();
}, patience);

/** A disk of 8 MB of the server's own, beside its data, where it can go; `undefined` where nobody may make one. */
function mountDisk(data: string): string | undefined {
  const { uid, gid } = statSync(data);
  const folder = mkdtempSync(join(dirname(data), "disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  chownSync(folder, uid, gid);
  return folder;
}

test(
  "on a disk that is really full nothing acknowledged is lost, and work goes on when there is room",
  async ({ skip }) => {
    if (disk === undefined) return skip("Only root may mount a small disk.");
    const admin = new pg.Client({ connectionString: server.url });
    admin.on("error", () => undefined);
    await admin.connect();
    await admin.query(`create tablespace small location '${disk}'`);
    const connectionString = `${server.url}?options=-c%20default_tablespace%3Dsmall`;
    const store = await postgres({ connectionString, schema: "full_disk", key: "k".repeat(43) }).open();
    let done = 0;
    await expect(fill(store, () => done++)).rejects.toMatchObject({ code: "store_full" });
    expect(done).toBeGreaterThan(3);
    expect(await store.position("s")).toBe(done);
    expect((await store.documents("d/")).length).toBe(done);
    execFileSync("mount", ["-o", "remount,size=64m", disk]);
    await store.commit({ id: "big", writes: write(done) });
    expect(await store.position("s")).toBe(done + 1);
    expect((await store.read("s")).map(({ entry }) => (entry as [number])[0])).toEqual(
      Array.from({ length: done + 1 }, (_, i) => i),
    );
    await store.close();
    await admin.query("drop schema full_disk cascade");
    await admin.query("drop tablespace small");
    await admin.end();
  },
  patience,
);

function write(n: number): Write[] {
  return [
    { type: "document", key: `d/${n}`, value: n },
    { type: "append", stream: "s", expectedPosition: n, entries: [[n, "x".repeat(400_000)]] },
  ];
}

async function fill(store: Store, acknowledged: () => void): Promise<never> {
  for (let n = 0; ; n++) {
    await store.commit({ id: `c${n}`, writes: write(n) });
    acknowledged();
  }
}
