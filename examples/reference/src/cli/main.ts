import { BrainOpsError } from "@brainops/core";
import { version } from "../version.ts";
import { commands } from "../commands/index.ts";
import { exitOk, exitUsage, type Command } from "./command.ts";
import { explain } from "./fail.ts";
import { commandHelp, overview } from "./help.ts";
import type { Io } from "./io.ts";
import { parseOptions } from "./options.ts";
import { createOutput } from "./output.ts";

/** Runs the command that the arguments name, and returns the exit code. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  // Asked for before parsing, so that an error in the arguments is told in the same way.
  const json = args.includes("--json");
  const output = createOutput(io, json);
  if (args[0] === "--version" || args[0] === "-v") {
    output.result({ version }, () => [version]);
    return exitOk;
  }
  const found = find(args);
  if (found === undefined) {
    const asked = args.every((arg) => arg === "--help" || arg === "-h" || arg === "help");
    if (asked) {
      (args.length === 0 ? io.stderr : io.stdout).write(`${overview(commands)}\n`);
      return args.length === 0 ? exitUsage : exitOk;
    }
    return tell(unknown(args), io, json);
  }
  const [command, rest] = found;
  try {
    const options = parseOptions(command, rest, io.cwd);
    if (options.flag("help")) {
      const help = commandHelp(command);
      output.result({ help }, () => [help]);
      return exitOk;
    }
    return await command.run({ options, output, io });
  } catch (error) {
    output.passing("");
    return tell(error, io, json);
  }
}

/** The command that the first word or two name, and what follows them. */
function find(args: readonly string[]): readonly [Command, readonly string[]] | undefined {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(" ");
    const command = commands.find((each) => each.name === name);
    if (command !== undefined && args.length >= length) return [command, args.slice(length)];
  }
  return undefined;
}

function unknown(args: readonly string[]): BrainOpsError {
  const word = args.find((arg) => !arg.startsWith("-")) ?? args[0] ?? "";
  const near = commands.filter((command) => command.name.split(" ")[0] === word);
  const advice =
    near.length > 0 ? near.map((command) => `'npx brainops ${command.name}'`).join(" or ") : "'npx brainops --help'";
  return new BrainOpsError("invalid_input", `There is no command '${args.slice(0, 2).join(" ")}'. See ${advice}.`);
}

function tell(error: unknown, io: Io, json: boolean): number {
  const { exit, failure } = explain(error);
  if (json) io.stdout.write(`${JSON.stringify(failure)}\n`);
  else io.stderr.write(`brainops: ${failure.error.message} [${failure.error.code}]\n`);
  if (io.env["BRAINOPS_DEBUG"] === "1" && error instanceof Error) io.stderr.write(`${error.stack}\n`);
  return exit;
}
