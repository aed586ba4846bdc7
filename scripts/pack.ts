import { readdirSync } from "node:fs";
import { join } from "node:path";
import { exec } from "./exec.ts";
import { publicPackages, type Package } from "./packages.ts";

/** A package as a user would download it. */
export interface Tarball extends Package {
  /** Absolute path of the file. */
  readonly file: string;
}

/** Packs every published package, which must be built, into a folder. */
export async function packAll(into: string): Promise<Tarball[]> {
  const packages = publicPackages();
  await exec("npm", ["pack", "--silent", "--pack-destination", into, ...packages.map(({ folder }) => folder)]);
  const files = readdirSync(into);
  return packages.map((each) => {
    const file = `${each.name.replace("@", "").replace("/", "-")}-${each.version}.tgz`;
    if (!files.includes(file)) throw new Error(`npm pack made no ${file}; it made ${files.join(", ")}.`);
    return { ...each, file: join(into, file) };
  });
}
