import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const found = new Map<string, boolean>();

/**
 * `NODE_OPTIONS` that keep Node programs from writing outside of some folders. A help against accidents, not a wall:
 * a program that is not Node, or that clears the variable, is not held. `undefined` when this Node does not know it, or
 * cannot run tests with it and the command may do that: one that is no plain `node` program may start anything.
 */
export function permissionOptions(
  node: string | undefined,
  writable: readonly string[],
  command: { readonly program: string; readonly args: readonly string[] },
): string | undefined {
  if (node === undefined || writable.some((path) => /[\s"\\*]/.test(path))) return undefined;
  const options = [
    "--permission",
    "--allow-fs-read=*",
    ...writable.map((path) => `--allow-fs-write=${path}`),
    ...writable.map((path) => `--allow-fs-write=${path}/*`),
    "--allow-child-process",
    "--allow-worker",
    "--allow-addons",
    "--allow-wasi",
    "--disable-warning=SecurityWarning",
  ].join(" ");
  const plain = basename(command.program) === "node" && !command.args.includes("--test");
  const args = plain ? ["-e", ""] : ["--test"];
  const asked = `${node} ${args.join(" ")}`;
  const works = found.get(asked) ?? takes(node, args, options);
  found.set(asked, works);
  return works ? options : undefined;
}

/**
 * Tried as it is used: the test runner of Node 24.21 hands its own options on to the files that it found by itself, and
 * spells `--allow-fs-read` in a way that it does not take.
 */
function takes(node: string, args: readonly string[], options: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "brainops-permission-"));
  try {
    writeFileSync(join(folder, "empty.test.mjs"), "");
    execFileSync(node, args, {
      cwd: folder,
      env: { NODE_OPTIONS: options },
      stdio: "ignore",
      timeout: 10_000,
    });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
