import { accessSync, constants, existsSync, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, isAbsolute, join, resolve, sep } from "node:path";

/** The file that a program's name stands for: as a path from `cwd`, or found on PATH. */
export function findProgram(program: string, cwd: string, path: string): string | undefined {
  if (program.includes("/")) return runnable(resolve(cwd, program));
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const found = runnable(join(folder, program));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Whether a command's program can be found where commands look for it: as a path from `cwd`, or on PATH.
 *
 * @example
 * ```ts
 * import { programExists } from "@brainops/nodes";
 * if (!programExists(["cargo", "test"], ".")) console.log("Install Rust first.");
 * ```
 */
export function programExists([program]: readonly string[], cwd: string): boolean {
  return program !== undefined && findProgram(program, cwd, process.env["PATH"] ?? "") !== undefined;
}

function runnable(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Where the system keeps its programs and libraries. Nothing in them is anybody's secret. */
export const systemFolders: readonly string[] = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/nix/store",
];

/** Of /etc only what programs need to start: it also holds passwords and keys. */
export const systemFiles: readonly string[] = [
  "alternatives",
  "ca-certificates",
  "group",
  "hosts",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "localtime",
  "login.defs",
  "mime.types",
  "nsswitch.conf",
  "passwd",
  "pki/ca-trust",
  "pki/tls/certs",
  "protocols",
  "services",
  "ssl/certs",
  "ssl/openssl.cnf",
  "timezone",
].map((name) => join("/etc", name));

/**
 * Folders outside of the system's that a program needs to be read: its own, and the installation around it (the
 * prefix above its `bin`, or its package in `node_modules`). Never a home folder or one above it.
 */
export function programFolders(file: string): readonly string[] {
  const folders = [installation(realpathSync(file))];
  // A program may be a link to a link: each one must be there to be followed.
  for (let at: string | undefined = file; at !== undefined; at = linkedTo(at)) folders.push(dirname(at));
  return [...new Set(folders)].filter((folder) => !isSystem(folder) && !aboveHome(folder));
}

/** Where a link leads, with the folders on the way resolved; `undefined` for what is no link. */
function linkedTo(file: string): string | undefined {
  if (!lstatSync(file).isSymbolicLink()) return undefined;
  const target = resolve(dirname(file), readlinkSync(file));
  return join(realpathSync(dirname(target)), basename(target));
}

/** PATH with links among its folders resolved: in a sandbox only the folder itself is there, not the way to it. */
export function realPath(path: string): string {
  return path
    .split(delimiter)
    .map((folder) => (isAbsolute(folder) && existsSync(folder) ? realpathSync(folder) : folder))
    .join(delimiter);
}

function installation(real: string): string {
  const parts = real.split(sep);
  const modules = parts.lastIndexOf("node_modules");
  if (modules !== -1) {
    const depth = parts[modules + 1]?.startsWith("@") === true ? 3 : 2;
    return parts.slice(0, modules + depth).join(sep);
  }
  const folder = dirname(real);
  const prefix = dirname(folder);
  // Beside the programs in these two lie keyrings and registry tokens.
  const shared = [".cargo", ".local"].includes(basename(prefix));
  return ["bin", "sbin", "shims"].includes(basename(folder)) && !shared ? prefix : folder;
}

function isSystem(folder: string): boolean {
  return systemFolders.some((system) => folder === system || folder.startsWith(system + sep));
}

function aboveHome(folder: string): boolean {
  const home = homedir();
  return folder === sep || folder === home || home.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
