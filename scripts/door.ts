import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** What the door hands to a scenario. */
export interface ScenarioOptions {
  /** Print one JSON line per result, and nothing else, on stdout. */
  readonly json: boolean;
  /** A folder of input data, when `--data` was given. */
  readonly data: string | undefined;
  /** Every argument that the door does not know, in order, for the scenario's own `parseArgs`. */
  readonly args: readonly string[];
}

/** A file behind a door exports this. */
export interface Scenario {
  readonly run: (options: ScenarioOptions) => Promise<void>;
  /** Its own options, a line each, and what else is to be known before it is run. */
  readonly help?: string;
}

/**
 * The door to a folder of scenarios: `<name>.ts` in the folder is the scenario `name`, and its first
 * comment line says what it shows. Resolves to the exit code: 2 when the name is missing, or a word is unknown.
 */
export async function openDoor(command: string, folder: string, argv: readonly string[]): Promise<number> {
  const names = list(folder);
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h") {
    const text = help(command, folder, names);
    if (name === undefined) console.error(text);
    else console.log(text);
    return name === undefined ? 2 : 0;
  }
  if (!names.includes(name)) {
    console.error(`There is no ${command} "${name}". Known: ${names.join(", ") || "none yet"}.`);
    console.error(`See \`npm run ${command} -- --help\`.`);
    return 2;
  }
  const scenario = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as Scenario;
  if (rest.some((word) => word === "--help" || word === "-h")) {
    console.log(
      [
        `npm run ${command} -- ${name} [--json] [options]`,
        "",
        firstComment(join(folder, `${name}.ts`)),
        "",
        scenario.help?.trimEnd() ?? "It has no options of its own.",
      ].join("\n"),
    );
    return 0;
  }
  try {
    await scenario.run(options(rest));
  } catch (error) {
    if (!isUsage(error)) throw error;
    console.error(`${error.message}\nSee \`npm run ${command} -- ${name} --help\`.`);
    return 2;
  }
  return typeof process.exitCode === "number" ? process.exitCode : 0;
}

/** Whether `parseArgs` refused a word. */
const isUsage = (error: unknown): error is Error =>
  error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");

function list(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "run.ts")
    .map((file) => basename(file, ".ts"))
    .toSorted();
}

function options(argv: readonly string[]): ScenarioOptions {
  const { tokens } = parseArgs({
    args: [...argv],
    options: { json: { type: "boolean" }, data: { type: "string" } },
    strict: false,
    tokens: true,
  });
  const known = new Set<number>();
  let json = false;
  let data: string | undefined;
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    if (token.name === "json") json = true;
    else if (token.name === "data" && token.value !== undefined) {
      data = token.value;
      if (!token.inlineValue) known.add(token.index + 1);
    } else continue;
    known.add(token.index);
  }
  return { json, data, args: argv.filter((_, index) => !known.has(index)) };
}

function help(command: string, folder: string, names: readonly string[]): string {
  const width = Math.max(0, ...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${firstComment(join(folder, `${name}.ts`))}`);
  return [
    `npm run ${command} -- NAME [--json] [--data DIR] [options of the scenario]`,
    "",
    "  --json      one JSON line per result and nothing else (npm prints a banner: use `npm -s run`)",
    "  --data DIR  read the input data from DIR, for scenarios that take some",
    "",
    names.length === 0 ? "There are no scenarios yet." : "Scenarios:",
    ...lines,
  ].join("\n");
}

function firstComment(path: string): string {
  return /^(?:\/\/|\/\*\*?|\s\*)\s*(\S.*?)\s*(?:\*\/)?$/m.exec(readFileSync(path, "utf8"))?.[1] ?? "";
}
