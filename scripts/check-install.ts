// Installs the packed packages in an empty folder outside of the repository, as a user would, and
// there type-checks a consumer, the quickstart and every example of the documentation, the way Node
// resolves and the way bundlers do, and runs the first three on every supported Node.
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { exec } from "./exec.ts";
import { packAll } from "./pack.ts";
import { publicPackages, root } from "./packages.ts";

/** The oldest Node that `engines` promises, the one the repository works with, and the newest. */
const nodes = ["22.13.0", "24.21.0", "26.10.0"];

const home = mkdtempSync(join(tmpdir(), "brainops-install-"));
try {
  const app = join(home, "app");
  await installApp(app);
  await exec("npx", ["--no-install", "tsc", "-p", "."], { cwd: app });
  const bundler = ["--module", "esnext", "--moduleResolution", "bundler", "--noEmit"];
  await exec("npx", ["--no-install", "tsc", "-p", ".", ...bundler], { cwd: app });
  for (const version of nodes) {
    const node = await installNode(version);
    for (const program of ["consumer.js", "quickstart.js", "start-1.js"]) {
      console.log(`node ${version}: ${program}`);
      // Its own folder each time: what one run leaves behind must not help the next.
      const cwd = join(home, `run-${version}-${program}`);
      mkdirSync(cwd);
      await exec(node, [join(app, "out", program)], { cwd, env: { PATH: process.env["PATH"], HOME: cwd } });
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

async function installApp(app: string): Promise<void> {
  mkdirSync(app);
  const tarballs = await packAll(home);
  writeJson(join(app, "package.json"), { name: "app", private: true, type: "module" });
  await npmInstall(app, [
    ...tarballs.map(({ file }) => file),
    // The door ./schedule is all about croner, an optional peer, so whoever opens it installs it.
    ...["zod", "croner", "typescript", "@types/node"].map((name) => `${name}@${installed(name)}`),
  ]);
  writeJson(join(app, "tsconfig.json"), {
    compilerOptions: {
      module: "nodenext",
      target: "es2023",
      strict: true,
      // The declarations themselves are checked too: a user may not skip them.
      skipLibCheck: false,
      types: ["node"],
      rootDir: ".",
      outDir: "out",
    },
    include: ["*.ts"],
  });
  writeFileSync(join(app, "consumer.ts"), consumer());
  copyFileSync(join(root, "examples", "quickstart", "quickstart.ts"), join(app, "quickstart.ts"));
  for (const { name, code } of documented()) writeFileSync(join(app, name), code);
}

/** Every example of the documentation that needs no test runner but Node's own, as a file named by its page. */
function documented(): { readonly name: string; readonly code: string }[] {
  const pages = ["README.md", ...globSync(["docs/**/*.md", "packages/*/README.md"], { cwd: root })];
  return pages.flatMap((page) => {
    const blocks = [...readFileSync(join(root, page), "utf8").matchAll(/^```ts\n(.*?)^```$/gms)];
    const name = page.startsWith("packages/") ? page.split("/")[1] : basename(page, ".md");
    return blocks
      .map(([, code = ""], index) => ({ name: `${name}-${index + 1}.ts`, code: `${code}\nexport {};\n` }))
      .filter(({ code }) => !code.includes('"vitest"'));
  });
}

/** Imports every door, and shows that it exports something. */
function consumer(): string {
  const doors = publicPackages().flatMap(({ name, folder }) => {
    const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { exports: object };
    return Object.keys(exports)
      .filter((path) => path !== "./package.json")
      .map((path) => name + path.slice(1));
  });
  return [
    ...doors.map((door, index) => `import * as door${index} from ${JSON.stringify(door)};`),
    `const doors: object[] = [${doors.map((_, index) => `door${index}`).join(", ")}];`,
    `if (doors.some((door) => Object.keys(door).length === 0)) throw new Error("A door exports nothing.");`,
    "",
  ].join("\n");
}

/** Installs a Node from npm in a folder of its own, and answers the path of its binary. */
async function installNode(version: string): Promise<string> {
  const folder = join(home, `node-${version}`);
  mkdirSync(folder);
  writeJson(join(folder, "package.json"), { private: true, allowScripts: { node: true } });
  await npmInstall(folder, [`node@${version}`]);
  return join(folder, "node_modules", "node", "bin", "node");
}

async function npmInstall(cwd: string, packages: readonly string[]): Promise<void> {
  await exec("npm", ["install", "--silent", "--no-audit", "--no-fund", ...packages], { cwd });
}

/** The version that the repository uses itself, so that both are checked against the same. */
function installed(name: string): string {
  const manifest = readFileSync(join(root, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value, null, 2));
}
