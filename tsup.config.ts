import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Options } from "tsup";

// One build for all packages, run inside each of them. The exports map is the list of what is
// public: its doors are the entries, and map and files must agree, or the build fails.

interface Door {
  readonly "@brainops/source": string;
  readonly types: string;
  readonly default: string;
}

const { name, exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly name: string;
  readonly exports: Readonly<Record<string, Door | string>>;
};

const files = ["src/index.ts", ...readdirSync("src").map((folder) => `src/${folder}/index.ts`)].filter((file) =>
  existsSync(file),
);

const entry: Record<string, string> = {};
for (const [path, door] of Object.entries(exports)) {
  if (typeof door === "string") continue;
  const file = path === "." ? "src/index.ts" : `src/${basename(path)}/index.ts`;
  const output = file.replace(/^src/, "./dist").replace(/\.ts$/, "");
  const expected: Door = { "@brainops/source": `./${file}`, types: `${output}.d.ts`, default: `${output}.js` };
  if (JSON.stringify(door) !== JSON.stringify(expected)) {
    throw new Error(`${name}: exports["${path}"] should be ${JSON.stringify(expected)}.`);
  }
  if (!files.includes(file)) throw new Error(`${name}: exports["${path}"] names ${file}, which does not exist.`);
  entry[output.slice("./dist/".length)] = file;
}
for (const file of files) {
  if (!Object.values(entry).includes(file)) {
    throw new Error(`${name}: ${file} is no door of the exports map. Add it there, or give the file another name.`);
  }
}
// What runs in a thread is a module of its own, beside the doors.
for (const file of readdirSync("src").filter((name) => name.endsWith("-worker.ts")))
  entry[basename(file, ".ts")] = `src/${file}`;

const config: Options = {
  entry,
  format: "esm",
  platform: "node",
  target: "node22.13",
  dts: true,
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false,
  silent: true,
  tsconfig: "../../tsconfig.base.json",
};

export default config;
