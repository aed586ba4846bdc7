// Type-checks every ```ts block of the doc comments and of the guides, in memory, and reports
// mistakes where the reader would find them. A block is a whole program: it brings its imports.
// Of all that the packages hand on, it also looks whether every member has a comment.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { publicPackages, root } from "./packages.ts";
import { undocumented } from "./undocumented.ts";

interface Example {
  /** The file that the example stands in, relative to the root. */
  readonly file: string;
  /** The line of that file, from 0, on which the code begins. */
  readonly line: number;
  readonly code: string;
}

const sources = globSync("packages/*/src/**/*.ts", { cwd: root }).filter((file) => !file.endsWith(".test.ts"));
const guides = ["README.md", ...globSync("{docs,packages/*,examples/*}/**/*.md", { cwd: root })].filter(
  (file) => existsSync(join(root, file)) && !/node_modules|dist\/|docs\/api|CHANGELOG/.test(file),
);
const doors = publicPackages().flatMap(({ folder }) => globSync(join(folder, "src/{index.ts,*/index.ts}")));
const examples = [...sources, ...guides].toSorted().flatMap(examplesIn);
const mistakes = check(examples);
for (const mistake of mistakes) console.error(mistake);
console.log(`${examples.length} examples and ${doors.length} doors checked, ${mistakes.length} mistakes.`);
process.exitCode = mistakes.length === 0 ? 0 : 1;

function examplesIn(file: string): Example[] {
  const found: Example[] = [];
  let open: { line: number; lines: string[] } | undefined;
  const isSource = file.endsWith(".ts");
  for (const [index, raw] of readFileSync(join(root, file), "utf8").split("\n").entries()) {
    const line = isSource ? raw.replace(/^\s*\* ?/, "") : raw;
    if (open === undefined) {
      // In a source, a fence counts only inside of a doc comment.
      if (/^```ts$/.test(line) && (!isSource || /^\s*\*/.test(raw))) open = { line: index + 1, lines: [] };
    } else if (line.startsWith("```")) {
      found.push({ file, line: open.line, code: open.lines.join("\n") });
      open = undefined;
    } else open.lines.push(line);
  }
  return found;
}

function check(all: readonly Example[]): string[] {
  // Each example is a file that exists only here, beside the text it stands in, so that imports
  // resolve as they do there.
  const virtual = new Map(all.map((example) => [join(root, `${example.file}.${example.line}.example.ts`), example]));
  const config = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile.bind(ts.sys));
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, files: [] }, ts.sys, root);
  const relaxed: ts.CompilerOptions = { ...options, declaration: false, isolatedDeclarations: false };

  const disk = ts.createCompilerHost(relaxed);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => virtual.has(path) || disk.fileExists(path),
    readFile: (path) => virtual.get(path)?.code ?? disk.readFile(path),
    getSourceFile: (path, settings, onError, fresh) => {
      const example = virtual.get(path);
      if (example === undefined) return disk.getSourceFile(path, settings, onError, fresh);
      return ts.createSourceFile(path, example.code, settings);
    },
  };

  const program = ts.createProgram([...virtual.keys(), ...doors], relaxed, host);
  const wrong = [...virtual].flatMap(([path, example]) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start, messageText }) => {
      const { line } = source?.getLineAndCharacterOfPosition(start ?? 0) ?? { line: 0 };
      return `${example.file}:${example.line + line + 1}: ${ts.flattenDiagnosticMessageText(messageText, "\n  ")}`;
    });
  });
  return [...wrong, ...undocumented(program, doors)];
}
