import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { startPostgres, type PostgresServer } from "../../../../scripts/postgres-server.ts";

/** The server of a file of tests: started before its first test, stopped after its last. */
export interface TestServer {
  readonly url: string;
  /** Connections to it, beside those that a store makes for itself. */
  readonly pool: pg.Pool;
  /** The name of a schema that no other test has. */
  fresh(): string;
  /** The number that an expression of SQL gives, in which `@` stands for the tables of a schema. */
  count(schema: string, sql: string): Promise<number>;
}

/** Gives a file of tests a server, with so many connections at most. */
export function testServer(name: string, connections = 8): TestServer {
  let server: PostgresServer;
  let pool: pg.Pool;
  let schemas = 0;

  beforeAll(async () => {
    server = await startPostgres();
    pool = new pg.Pool({ connectionString: server.url, max: connections });
    pool.on("error", () => undefined);
  });

  afterAll(async () => {
    await pool.end();
    await server.stop();
  });

  return {
    get url() {
      return server.url;
    },
    get pool() {
      return pool;
    },
    // Of this process: a server that was given is shared.
    fresh: () => `${name}_${process.pid}_${schemas++}`,
    async count(schema, sql) {
      const { rows } = await pool.query<{ n: string }>(`select (${sql.replaceAll("@", `${schema}.`)}) as n`);
      return Number(rows[0]?.n);
    },
  };
}
