import { execFileSync } from "node:child_process";

const found = new Map<string, boolean>();

/**
 * `NODE_OPTIONS` that keep Node programs from writing outside of some folders. A help against accidents, not a wall:
 * a program that is not Node, or that clears the variable, is not held. `undefined` when this Node does not know it.
 */
export function permissionOptions(node: string | undefined, writable: readonly string[]): string | undefined {
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
  let known = found.get(node);
  if (known === undefined) {
    known = takes(node, options);
    found.set(node, known);
  }
  return known ? options : undefined;
}

function takes(node: string, options: string): boolean {
  try {
    execFileSync(node, ["-e", ""], { env: { NODE_OPTIONS: options }, stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
