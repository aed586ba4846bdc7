import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publicPackages, root } from "./packages.ts";

interface Manifest {
  readonly [key: string]: unknown;
  readonly version: string;
  readonly dependencies?: { readonly [name: string]: string };
  readonly peerDependencies?: { readonly [name: string]: string };
  readonly scripts?: { readonly [name: string]: string };
}

const manifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

test.each(publicPackages())("$name is ready to be published", ({ name, folder, version }) => {
  const { dependencies = {}, peerDependencies = {}, scripts, ...found } = manifest(folder);
  expect(found).toMatchObject({
    license: "MIT",
    type: "module",
    sideEffects: false,
    engines: { node: ">=22.13" },
    publishConfig: { access: "public" },
    description: expect.stringMatching(/BrainOps.*\.$/) as string,
    keywords: expect.arrayContaining(["brainops"]) as string[],
  });
  // A release names the repository that it is built from, where it is built: see .github/workflows/release.yml.
  expect(found).not.toHaveProperty("repository");
  expect(found).not.toHaveProperty("private");
  // Nothing runs when it is installed.
  expect(scripts).toBeUndefined();
  for (const pinned of Object.values(dependencies)) expect(pinned).toMatch(/^\d+\.\d+\.\d+$/);
  if (name !== "@brainops/core") expect(peerDependencies["@brainops/core"]).toBe(`^${version}`);
  expect(readFileSync(join(folder, "LICENSE"), "utf8")).toBe(readFileSync(join(root, "LICENSE"), "utf8"));
  expect(existsSync(join(folder, "README.md"))).toBe(true);
  expect(readFileSync(join(folder, "CHANGELOG.md"), "utf8")).toContain(`\n## ${version}\n`);
});

test("all packages have one version", () => {
  expect(new Set(publicPackages().map(({ version }) => version)).size).toBe(1);
});
