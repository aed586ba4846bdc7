import pg from "pg";
import type { PoolHandle } from "./handle.ts";

/** What a connection must lead to: a server that takes writes, one that is no standby, or just one that answers. */
type Target = "read-write" | "primary" | "any";

/** An address with one or more hosts, of which one takes writes at a time. */
export interface Hosts {
  /** The same address for each host alone, in the order given. */
  readonly urls: readonly string[];
  readonly target: Target;
}

const parts = /^(postgres(?:ql)?:\/\/)([^/?#@]*@)?([^/?#]*)([^?#]*)(\?[^#]*)?$/;

/**
 * Reads an address as libpq does: `postgres://user:password@one:5432,two:5432/app?target_session_attrs=read-write`. With
 * several hosts `read-write` is the default: a store that read from a standby would not see what it has just written.
 * `undefined` for what is no such address; of one host without a target there is nothing to choose, so it stays as it is.
 */
export function hostsIn(address: string): Hosts | undefined {
  const found = parts.exec(address);
  if (found === null) return undefined;
  const [, scheme = "", login = "", list = "", path = "", query = ""] = found;
  const settings = new URLSearchParams(query);
  const target = settings.get("target_session_attrs");
  const names = list.split(",");
  // An address whose host stands elsewhere, as a socket's does, is left as it is.
  if (names.length === 1 && target === null) return { urls: [address], target: "any" };
  settings.delete("target_session_attrs");
  const rest = settings.size === 0 ? "" : `?${settings.toString()}`;
  const urls = names.map((name) => `${scheme}${login}${name}${path}${rest}`);
  const wanted = target ?? "read-write";
  if (names.length > 1 && names.includes("")) return undefined;
  if (!isTarget(wanted) || !urls.every((url) => URL.canParse(url))) return undefined;
  return { urls, target: wanted };
}

function isTarget(text: string): text is Target {
  return text === "read-write" || text === "primary" || text === "any";
}

/** Whether connections to an address are not all the same: it has several hosts, or one that must be what was asked for. */
export function hasChoice(address: string): boolean {
  const { urls, target } = hostsIn(address) ?? { urls: [address], target: "any" };
  return urls.length > 1 || target !== "any";
}

/** Asks a server whether it is what a connection must lead to. */
const questions: { readonly [target in Target]?: string } = {
  "read-write": "select not pg_is_in_recovery() and not current_setting('transaction_read_only')::boolean as fits",
  primary: "select not pg_is_in_recovery() as fits",
};

/** Says that a server is not the one that is looked for, as the server itself would. */
function notThis(target: Target): Error {
  return Object.assign(new Error(`the server is not ${target}`), { code: "25006" });
}

/** A pool of connections to an address: each goes to the host that served last, after a failure to the next. */
export function makePool(address: string, config: pg.PoolConfig): PoolHandle {
  const { urls, target } = hostsIn(address) ?? { urls: [address], target: "any" };
  if (!hasChoice(address)) return new pg.Pool({ ...config, connectionString: address });
  let turn = 0;
  class Client extends pg.Client {
    constructor(given?: pg.ClientConfig) {
      super({ ...given, connectionString: urls[turn % urls.length] });
    }
  }
  const question = questions[target];
  const check = async (client: pg.ClientBase): Promise<void> => {
    if (question === undefined) return;
    const { rows } = await client.query<{ fits: boolean }>(question);
    if (rows[0]?.fits !== true) throw notThis(target);
  };
  const pool = new pg.Pool({ ...config, Client, onConnect: check });
  return {
    async connect() {
      const mine = turn;
      try {
        return await pool.connect();
      } catch (error) {
        // Another that failed at the same time may have gone on already.
        if (turn === mine) turn++;
        throw error;
      }
    },
    end: () => pool.end(),
    on: pool.on.bind(pool),
    removeListener: pool.removeListener.bind(pool),
  };
}

/** A connection of its own to the first host of an address that is what it must be. */
export async function openClient(address: string): Promise<pg.Client> {
  const { urls, target } = hostsIn(address) ?? { urls: [address], target: "any" };
  let failed: unknown;
  for (const connectionString of urls) {
    const client = new pg.Client({ connectionString });
    // A connection that breaks fails its query, which is told; the event says nothing more.
    client.on("error", () => {});
    try {
      await client.connect();
      const question = questions[target];
      const fits = question === undefined || (await client.query<{ fits: boolean }>(question)).rows[0]?.fits;
      if (fits === true) return client;
      throw notThis(target);
    } catch (error) {
      failed = error;
      await client.end().catch(() => {});
    }
  }
  throw failed;
}
