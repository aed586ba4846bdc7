import { isBrainOpsError } from "@brainops/core";
import { comingKey, findKey } from "./key.ts";
import type { Sealer, Secret } from "@brainops/core/sealing";
import { resolve } from "node:path";
import { makeContext, type Context } from "./context.ts";
import { checkFile } from "./file.ts";
import { openFile, wrapHandle, type DatabaseHandle } from "./handle.ts";
import { makeBackground, noBackground } from "./background.ts";
import { keepLog } from "./log-keeper.ts";
import { configure, prepare } from "./open.ts";

/** What a connection to a store needs to know. */
export interface Connecting {
  readonly file?: string | undefined;
  readonly database?: DatabaseHandle | undefined;
  readonly key?: Secret | undefined;
  readonly keyFile?: string | undefined;
  readonly synchronous?: "full" | "normal" | undefined;
  readonly retryHorizon?: number | undefined;
  readonly notice?: ((message: string) => void) | undefined;
}

/** Opens a store, making it when there is none. What goes wrong leaves nothing open but a handle that was given. */
export async function connect(options: Connecting): Promise<Context> {
  const file = options.file === undefined ? "(database)" : resolve(options.file);
  const source = {
    key: options.key,
    keyFile: options.keyFile ?? `${file}.key`,
    notice: options.notice ?? ((message: string) => void process.stderr.write(`${message}\n`)),
  };
  if (options.database === undefined) checkFile(file);
  const db = wrapHandle(options.database ?? openFile(file), file);
  try {
    const synchronous = options.synchronous ?? "full";
    configure(db, synchronous);
    const sealer = await prepare(db, file, (isNew) => findKey(source, isNew)).catch(
      (error: unknown): Promise<Sealer> => {
        const coming = isBrainOpsError(error, "wrong_key") ? comingKey(source) : undefined;
        if (coming === undefined) throw error;
        return prepare(db, file, () => coming);
      },
    );
    db.exec("pragma journal_mode = wal");
    const background =
      options.database === undefined
        ? makeBackground(file, () => db.exec("pragma wal_autocheckpoint = 1000"))
        : noBackground;
    const log = keepLog(db, background, synchronous === "full");
    return makeContext(db, sealer, { background, log }, synchronous, Math.max(1000, options.retryHorizon ?? 1_000_000));
  } catch (error) {
    if (options.database === undefined) db.close();
    throw error;
  }
}
