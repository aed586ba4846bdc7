import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Contender, Synchronous } from "../scenarios.ts";

/** What the database alone takes: one autocommitted, prepared INSERT of a 300-byte JSON body for each commit. */
export function open(folder: string, synchronous: Synchronous): Promise<Contender> {
  const db = new DatabaseSync(join(folder, "floor.db"));
  db.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}`);
  db.exec("create table j (seq integer primary key, run text, pos integer, body text)");
  const insert = db.prepare("insert into j (run, pos, body) values (?, ?, ?)");
  const body = JSON.stringify({ text: "x".repeat(289) });
  return Promise.resolve({
    run({ steps, commits }) {
      for (let position = 0; position < steps * commits; position++) insert.run("run", position, body);
      return Promise.resolve();
    },
    close: () => Promise.resolve(db.close()),
  });
}

/** Leaves 901 rows behind. */
export async function die(folder: string): Promise<void> {
  const { run } = await open(folder, "full");
  await run({ name: "", shape: "chain", size: 901, steps: 901, runs: 1, commits: 1, peers: true });
  process.kill(process.pid, "SIGKILL");
}

/** Reads the last row, and adds one. */
export async function resume(folder: string, goesOn: () => void): Promise<void> {
  const db = new DatabaseSync(join(folder, "floor.db"));
  db.prepare("select * from j order by seq desc limit 1").get();
  db.prepare("insert into j (run, pos, body) values (?, ?, ?)").run("run", 901, "{}");
  goesOn();
  db.close();
  await Promise.resolve();
}
