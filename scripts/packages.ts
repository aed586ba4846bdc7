import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));

/** A package that is published. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Absolute path of its folder. */
  readonly folder: string;
}

/** Every published package, core first. */
export function publicPackages(): Package[] {
  return readdirSync(join(root, "packages"))
    .map((folder) => join(root, "packages", folder))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;
      return { name: manifest.name, version: manifest.version, folder };
    })
    .toSorted((a, b) => Number(b.name === "@brainops/core") - Number(a.name === "@brainops/core"));
}
