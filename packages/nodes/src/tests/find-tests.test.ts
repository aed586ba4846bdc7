import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findTestCommand } from "@brainops/nodes";
import { makeRepository } from "../test-support/shop.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-find-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const manifest = (value: object): { readonly [path: string]: string } => ({ "package.json": JSON.stringify(value) });

test.each([
  ["a script", manifest({ scripts: { test: "make check" } }), ["npm", "--silent", "test"]],
  ["vitest", manifest({ devDependencies: { vitest: "5" } }), ["npx", "vitest", "run"]],
  ["jest", manifest({ devDependencies: { jest: "30" } }), ["npx", "jest"]],
  ["mocha", manifest({ dependencies: { mocha: "11" } }), ["npx", "mocha"]],
  [
    "npm's own placeholder",
    { ...manifest({ scripts: { test: 'echo "Error: no test specified" && exit 1' } }), "a.test.js": "" },
    ["node", "--test"],
  ],
  ["a manifest that is no JSON", { "package.json": "{", "src/a-test.mjs": "" }, ["node", "--test"]],
  ["cargo", { "Cargo.toml": "" }, ["cargo", "test"]],
  ["go", { "go.mod": "" }, ["go", "test", "-v", "./..."]],
  ["pytest", { "tests/test_a.py": "import pytest\n" }, ["python3", "-m", "pytest", "-v", "-rfE"]],
  ["unittest", { "test_a.py": "import unittest\n" }, ["python3", "-m", "unittest", "-v"]],
  ["nothing", { "README.md": "" }, undefined],
] as const)("finds how tests are run: %s", async (_what, files, command) => {
  const repo = join(dir, "repo");
  await makeRepository(repo, files);
  expect(await findTestCommand(repo, "HEAD")).toEqual(command);
});
