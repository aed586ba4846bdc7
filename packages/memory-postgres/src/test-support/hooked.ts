import { ask, type ClientHandle, type PoolHandle } from "../handle.ts";

/** A pool at which something can happen between two statements. */
export interface HookedPool extends PoolHandle {
  /** Is waited for before each statement, with its text. */
  before: (text: string) => Promise<void> | void;
  /** Is waited for after each statement, with how many rows it gave, before they are handed on. */
  after: (text: string, rows: number) => Promise<void> | void;
}

/** Puts hooks around the statements of a pool. */
export function hooked(pool: PoolHandle): HookedPool {
  const hooks: HookedPool = {
    before: () => undefined,
    after: () => undefined,
    async connect() {
      const client = await pool.connect();
      const around: ClientHandle = {
        async query(statement) {
          const text = typeof statement === "string" ? statement : statement.text;
          await hooks.before(text);
          const result = await ask(client, statement);
          // Several statements in one text give as many results, of which the store takes nothing.
          await hooks.after(text, Array.isArray(result) ? 0 : result.rows.length);
          return result;
        },
        release: (destroy) => client.release(destroy),
      };
      return around;
    },
    end: () => pool.end(),
  };
  return hooks;
}
