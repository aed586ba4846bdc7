import { storeSuite } from "@brainops/core/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres } from "./index.ts";
import { startPostgres, type PostgresServer } from "../../../scripts/postgres-server.ts";

let server: PostgresServer;
let pool: pg.Pool;
let schemas = 0;
const key = "k".repeat(43);

beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 8 });
  pool.on("error", () => undefined);
}, 60_000);

afterAll(async () => {
  await pool.end();
  await server.stop();
}, 60_000);

describe("the store on PostgreSQL", () => {
  storeSuite({
    test: (name, run) => test(name, { timeout: 60_000 }, () => expect(run()).resolves.toBeUndefined()),
    fresh: () => postgres({ pool, schema: `suite_${process.pid}_${schemas++}`, key }),
    crash: () => {
      const options = { connectionString: server.url, schema: `crash_${process.pid}`, key };
      return {
        opener: () => postgres(options),
        code: `import { postgres } from "@brainops/memory-postgres";
          const opener = postgres(${JSON.stringify(options)});`,
        cwd: import.meta.dirname,
      };
    },
  });
});
