import type { Command } from "./command.ts";
import { commonOptions, type OptionSpec } from "./option-spec.ts";

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

/** All commands, a line each, and what they have in common. */
export function overview(commands: readonly Command[]): string {
  return [
    "brainops: a workforce that remembers everything, survives every crash, and can prove what it did",
    "",
    ...lines(commands),
    "",
    "Each has --help and --json; --version says which this is. 'npx brainops demo' needs no key: begin there.",
    "Models: the first of ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY and BRAINOPS_LOCAL_URL that is set answers, and the next",
    "one when it cannot. BRAINOPS_KEY is the key of the memory; without it there is a key file beside it. NO_COLOR takes the colours.",
    "Exit codes: 0 as it should be, 1 tried in vain, 2 not begun, 3 waits for an answer, 130 stopped on request.",
  ].join("\n");
}

/** The commands that begin with one word, such as `memory`. */
export function group(word: string, commands: readonly Command[]): string {
  return [`brainops ${word}: one of`, "", ...lines(commands), "", "Each has --help and --json."].join("\n");
}

const lines = (commands: readonly Command[]): string[] =>
  table(commands.map((command) => [[command.name, ...(command.words ?? [])].join(" "), command.summary]));

function usage(command: Command): string {
  const options = Object.entries(command.options ?? {}).toSorted(([, a], [, b]) => needed(b) - needed(a));
  const shown = options.map(([name, spec]) => {
    const option = optionName(name, spec.value);
    return spec.required === true ? option : `[${option}]`;
  });
  return ["npx brainops", command.name, ...(command.words ?? []), ...shown, "[--json]"].join(" ");
}

const needed = ({ required }: OptionSpec): number => Number(required === true);

const optionName = (name: string, value?: string): string => (value === undefined ? `--${name}` : `--${name} ${value}`);

function table(rows: readonly (readonly [string, string] | readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([first = ""]) => first.length));
  return rows.map(([first = "", second = ""]) => `  ${first.padEnd(width)}  ${second}`);
}
