import pg from "pg";
import { postgres } from "./index.ts";
import { startServer } from "./test-support/server.ts";
const server = await startServer({ own: true });
const pool = new pg.Pool({ connectionString: server.url, max: 8 });
for (let i = 0; i < 10; i++) {
  const t = performance.now();
  const s = await postgres({ pool, schema: `a${i}`, key: "k".repeat(43) }).open();
  const t1 = performance.now();
  for (let j = 0; j < 100; j++) await s.commit({ id: `c${j}`, writes: [{ type: "append", stream: "s", entries: [j], expectedPosition: j }] });
  const t2 = performance.now();
  for (let j = 0; j < 100; j++) await s.candidates(["a", "b"], { scope: "acme" }, 5);
  const t3 = performance.now();
  for (let j = 0; j < 100; j++) await s.find({ scope: "acme" });
  console.log("open", t1 - t, "commit", (t2 - t1) / 100, "cand", (t3 - t2) / 100, "find", (performance.now() - t3) / 100);
  await s.close();
}
await pool.end();
await server.stop();
