import type { Command } from "./command.ts";
import { commonOptions } from "./option-spec.ts";

/** How one command is used. */
export function commandHelp(command: Command): string {
  const lines = [`brainops ${command.name}: ${command.summary}`, "", `  ${usage(command)}`];
  if (command.details !== undefined) lines.push("", ...command.details);
  lines.push(
    "",
    ...table(
      Object.entries({ ...command.options, ...commonOptions }).map(([name, spec]) => [
        optionName(name, spec.value),
        spec.help,
      ]),
    ),
  );
  return lines.join("\n");
}

/** All commands, a line each. */
export function overview(commands: readonly Command[]): string {
  return [
    "brainops: a workforce that remembers everything, survives every crash, and can prove what it did",
    "",
    ...table(commands.map((command) => [[command.name, ...(command.words ?? [])].join(" "), command.summary])),
    "",
    "Each has --help and --json; --version says which this is. Models: the first of ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY and",
    "BRAINOPS_LOCAL_URL that is set answers, and the next one when it cannot.",
  ].join("\n");
}

function usage(command: Command): string {
  const options = Object.entries(command.options ?? {}).map(([name, spec]) => `[${optionName(name, spec.value)}]`);
  return ["npx brainops", command.name, ...(command.words ?? []), ...options, "[--json]"].join(" ");
}

const optionName = (name: string, value?: string): string => (value === undefined ? `--${name}` : `--${name} ${value}`);

function table(rows: readonly (readonly [string, string] | readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([first = ""]) => first.length));
  return rows.map(([first = "", second = ""]) => `  ${first.padEnd(width)}  ${second}`);
}
