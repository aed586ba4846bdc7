import { existsSync, readFileSync } from "node:fs";
import { BrainOpsError } from "@brainops/core";
import type { Io } from "../../cli/io.ts";
import type { Options } from "../../cli/options.ts";

/** The option for a key that stands elsewhere. */
export const keyOption = {
  key: { value: "FILE", help: "the file with its key; default BRAINOPS_KEY, else the one beside the memory" },
} as const;

/** The key that opens a memory: of the file that was named, of BRAINOPS_KEY, or of the file beside it. */
export function keyOf(file: string, options: Options, { env }: Io): string {
  const named = options.path("key");
  if (named === undefined && env["BRAINOPS_KEY"]) return env["BRAINOPS_KEY"];
  const path = named ?? `${file}.key`;
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  throw new BrainOpsError("wrong_key", `There is no key in ${path}. Name its file with --key, or set BRAINOPS_KEY.`, {
    details: { keyFile: path },
  });
}
