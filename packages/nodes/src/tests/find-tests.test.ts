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
  ["TypeScript", { "src/a.test.ts": "" }, ["node", "--test"]],
  [
    "npm's workspaces",
    { ...manifest({ workspaces: ["p/*"] }), "p/a/package.json": "{}", "p/b/package.json": '{"scripts":{"test":"x"}}' },
    ["npm", "--silent", "test", "--workspaces", "--if-present"],
  ],
  [
    "pnpm's workspaces",
    { ...manifest({}), "pnpm-workspace.yaml": "", "p/a/package.json": '{"scripts":{"test":"x"}}' },
    ["pnpm", "-r", "test"],
  ],
  ["workspaces without tests", { ...manifest({ workspaces: ["p/*"] }), "p/a/package.json": "{}" }, undefined],
  ["Maven", { "pom.xml": "" }, ["mvn", "-B", "test"]],
  ["Maven by its wrapper", { "pom.xml": "", mvnw: "" }, ["./mvnw", "-B", "test"]],
  ["Gradle", { "build.gradle.kts": "" }, ["gradle", "test"]],
  ["Gradle by its wrapper", { "settings.gradle": "", gradlew: "" }, ["./gradlew", "test"]],
  ["deno", { "deno.json": "", "a.test.ts": "" }, ["deno", "test"]],
  [".NET", { "shop.sln": "", "test/a.cs": "" }, ["dotnet", "test"]],
  ["RSpec", { Gemfile: "", "spec/cart_spec.rb": "" }, ["bundle", "exec", "rspec"]],
  ["go in a folder", { "service/go.mod": "", "web/index.html": "" }, ["go", "-C", "service", "test", "-v", "./..."]],
  ["cargo in a folder", { "core/Cargo.toml": "" }, ["cargo", "test", "--manifest-path", "core/Cargo.toml"]],
  ["two of a kind", { "a/go.mod": "", "b/go.mod": "" }, undefined],
  ["make, at last", { Makefile: "all:\n\ttrue\ntest: all\n\t./check\n" }, ["make", "test"]],
  ["a Makefile without tests", { Makefile: "test := 1\nall:\n" }, undefined],
  ["nothing", { "README.md": "" }, undefined],
] as const)("finds how tests are run: %s", async (_what, files, command) => {
  const repo = join(dir, "repo");
  await makeRepository(repo, files);
  expect(await findTestCommand(repo, "HEAD")).toEqual(command);
});
