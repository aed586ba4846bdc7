import { BrainOpsError } from "@brainops/core";
import { version } from "../version.ts";
import { commands } from "../commands/index.ts";
import { exitOk, exitUsage, type Command } from "./command.ts";
import { editDistance } from "./edit-distance.ts";
import { explain } from "./fail.ts";
import { commandHelp, group, overview } from "./help.ts";
import type { Io } from "./io.ts";
import { parseOptions } from "./options.ts";
import { createOutput } from "./output.ts";
import { printable, printableJson } from "./printable.ts";

/** Runs the command that the arguments name, and returns the exit code. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  // Asked for before parsing, so that an error in the arguments is told in the same way.
  const json = args.includes("--json");
  const output = createOutput(io, json);
  if (args[0] === "--version" || args[0] === "-v") {
    output.result({ version }, () => [version]);
    return exitOk;
  }
  // 'help run' is 'run --help'.
  if (args[0] === "help" && args.length > 1) return main([...args.slice(1), "--help"], io);
  const found = find(args);
  if (found === undefined) {
    const help = helpFor(args);
    if (help === undefined) return tell(unknown(args), io, json);
    // Who asked for it has it on stdout; who left out what to do is told on stderr.
    if (!help.asked) io.stderr.write(`${help.text}\n`);
    else output.result({ help: help.text }, () => [help.text]);
    return help.asked ? exitOk : exitUsage;
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

/** What to show where no command, or only the first word of several, was named; nothing for a word that is none. */
function helpFor(args: readonly string[]): { readonly text: string; readonly asked: boolean } | undefined {
  const words = args.filter((arg) => !["--help", "-h", "help"].includes(arg));
  const asked = args.length > words.length;
  if (words.length === 0) return { text: overview(commands), asked };
  const [word = ""] = words;
  const near = beginningWith(word);
  return near.length > 0 && words.length === 1 ? { text: group(word, near), asked } : undefined;
}

const beginningWith = (word: string): readonly Command[] => commands.filter(({ name }) => name.startsWith(`${word} `));

function unknown(args: readonly string[]): BrainOpsError {
  const words = args.filter((arg) => !arg.startsWith("-"));
  const [word = args[0] ?? ""] = words;
  const isGroup = beginningWith(word).length > 0;
  const [likely] = commands
    .map(({ name }) => ({ name, apart: editDistance(name, words.slice(0, name.split(" ").length).join(" ")) }))
    .toSorted((a, b) => a.apart - b.apart);
  const meant = likely !== undefined && likely.apart <= 2 ? ` Did you mean 'npx brainops ${likely.name}'?` : "";
  return new BrainOpsError(
    "invalid_input",
    `There is no command '${isGroup ? words.slice(0, 2).join(" ") : word}'.${meant} See 'npx brainops ${isGroup ? `${word} ` : ""}--help'.`,
  );
}

function tell(error: unknown, io: Io, json: boolean): number {
  const { exit, failure } = explain(error);
  if (json) io.stdout.write(`${printableJson(failure)}\n`);
  else io.stderr.write(`brainops: ${printable(failure.error.message)} [${failure.error.code}]\n`);
  if (io.env["BRAINOPS_DEBUG"] === "1" && error instanceof Error) io.stderr.write(`${printable(error.stack ?? "")}\n`);
  return exit;
}
