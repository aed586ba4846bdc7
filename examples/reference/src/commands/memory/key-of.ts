import { existsSync } from "node:fs";
import { BrainOpsError, isBrainOpsError } from "@brainops/core";
import type { Io } from "../../cli/io.ts";
import { keyIn } from "../../key-in.ts";
import type { Options } from "../../cli/options.ts";

/** The option for a key that stands elsewhere. */
export const keyOption = {
  key: { value: "FILE", help: "the file with its key; default BRAINOPS_KEY, else the one beside the memory" },
} as const;

/**
 * Does something with the key that opens a memory: of the file that was named, of BRAINOPS_KEY, or of the file beside it. While
 * that is being changed, the new one stands there as well, and may be the one that opens.
 */
export async function withKey<T>(
  file: string,
  options: Options,
  { env }: Io,
  use: (key: string) => Promise<T>,
): Promise<T> {
  const named = options.path("key");
  if (named === undefined && env["BRAINOPS_KEY"]) return use(env["BRAINOPS_KEY"]);
  const path = named ?? `${file}.key`;
  const keys = [path, ...(named === undefined ? [`${path}.new`] : [])].filter((each) => existsSync(each));
  for (const [i, each] of keys.entries())
    try {
      return await use(keyIn(each).key as string);
    } catch (error) {
      if (!isBrainOpsError(error, "wrong_key") || i === keys.length - 1) throw error;
    }
  throw new BrainOpsError("wrong_key", `There is no key in ${path}. Name its file with --key, or set BRAINOPS_KEY.`, {
    details: { keyFile: path },
  });
}
