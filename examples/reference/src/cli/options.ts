import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { BrainOpsError } from "@brainops/core";
import { commonOptions, type OptionSpecs } from "./option-spec.ts";

/** The words and options that were given. */
export interface Options {
  /** The word at a place, such as a run's id. */
  word(index: number): string;
  /** An option's text, or `undefined`. An empty text is refused. */
  text(name: string): string | undefined;
  /** An option's text; a missing one is refused. */
  required(name: string): string;
  /** A whole number, 0 or more. */
  whole(name: string): number | undefined;
  /** A folder or file, made absolute. */
  path(name: string): string | undefined;
  flag(name: string): boolean;
}

/** What a command says of the words and options that it takes. */
export interface Taken {
  readonly name: string;
  readonly words?: readonly string[];
  readonly instead?: string;
  readonly options?: OptionSpecs;
}

/** Reads what stands after a command's name. Throws `invalid_input` that says what to do. */
export function parseOptions(command: Taken, args: readonly string[], cwd: string): Options {
  const specs = { ...command.options, ...commonOptions };
  const { values, positionals } = read(command, specs, args);
  const refuse = (problem: string): BrainOpsError =>
    new BrainOpsError("invalid_input", `${problem} See 'npx brainops ${command.name} --help'.`);

  const replaced = command.instead !== undefined && values[command.instead] !== undefined;
  const words = replaced ? [] : (command.words ?? []);
  if (values["help"] !== true) {
    if (positionals.length < words.length)
      throw refuse(`'npx brainops ${command.name}' needs ${words.slice(positionals.length).join(" and ")}.`);
    if (positionals.length > words.length) throw refuse(`'${positionals[words.length]}' is one word too many.`);
    for (const [index, word] of positionals.entries()) {
      if (word.trim() === "") throw refuse(`${words[index]} is empty.`);
    }
  }

  const text = (name: string): string | undefined => {
    const value = values[name];
    if (typeof value !== "string") return undefined;
    if (value.trim() === "") throw refuse(`--${name} is empty. Give it ${specs[name]?.value ?? "a value"}.`);
    return value;
  };
  return {
    word: (index) => positionals[index] ?? "",
    text,
    required(name) {
      const value = text(name);
      if (value === undefined) throw refuse(`--${name} ${specs[name]?.value ?? ""} is missing.`);
      return value;
    },
    whole(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (!/^\d+$/.test(value) || !Number.isSafeInteger(number))
        throw refuse(`--${name} must be a whole number, but it is '${value}'.`);
      return number;
    },
    path(name) {
      const value = text(name);
      return value === undefined ? undefined : resolve(cwd, value);
    },
    flag: (name) => values[name] === true,
  };
}

type Values = { readonly [name: string]: string | boolean | undefined };

function read(command: Taken, specs: OptionSpecs, args: readonly string[]): { values: Values; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { values, positionals };
  } catch (error) {
    // Node's own sentence is good; its advice about positionals is not for our users.
    const sentence = (error instanceof Error ? error.message : String(error))
      .split(/\.? \n|\n|\. /)[0]
      ?.replace(/\.$/, "");
    throw new BrainOpsError("invalid_input", `${sentence}. See 'npx brainops ${command.name} --help'.`, {
      cause: error,
    });
  }
}
