import { spawn } from "node:child_process";
import { root } from "./packages.ts";

/** Runs a command with its output shown as it comes; rejects, naming it, when it fails. */
export async function exec(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options });
  await new Promise<void>((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code, signal) => {
      if (code === 0) done();
      else fail(new Error(`\`${[command, ...args].join(" ")}\` ended with ${signal ?? `exit code ${code}`}.`));
    });
  });
}
