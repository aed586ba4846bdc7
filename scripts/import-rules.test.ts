import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The directions between packages are promises of the design. A pattern with a slip in it stays
// silent, so each rule is shown a file that breaks it, and one that does not.

const root = fileURLToPath(new URL("..", import.meta.url));
const oxlint = join(dirname(createRequire(import.meta.url).resolve("oxlint/package.json")), "bin", "oxlint");

const broken: Record<string, string> = {
  "packages/core/src/contracts/reaches-out.ts": `import type { A } from "../graph/a.ts";\nexport type X = A;\n`,
  "packages/core/src/graph/imports-sibling.ts": `import type { A } from "@brainops/nodes";\nexport type X = A;\n`,
  "packages/core/src/graph/imports-itself.ts": `import type { A } from "@brainops/core";\nexport type X = A;\n`,
  "packages/core/src/testing/brings-runner.ts": `import { test } from "vitest";\nexport const x: unknown = test;\n`,
  "packages/nodes/src/imports-sibling.ts": `import type { A } from "@brainops/providers";\nexport type X = A;\n`,
  "packages/nodes/src/imports-sibling-door.ts": `import type { A } from "@brainops/providers/x";\nexport type X = A;\n`,
  "packages/nodes/src/imports-source.ts": `import type { A } from "@brainops/core/src/index.ts";\nexport type X = A;\n`,
  "packages/nodes/src/unknown-door.ts": `import type { A } from "@brainops/core/runner";\nexport type X = A;\n`,
  "packages/nodes/src/relative.ts": `import type { A } from "../../core/src/index.ts";\nexport type X = A;\n`,
  "packages/nodes/src/imports-itself.ts": `import type { A } from "@brainops/nodes";\nexport type X = A;\n`,
  "packages/core/src/sibling.test.ts": `import type { A } from "@brainops/nodes";\nexport type X = A;\n`,
  "packages/nodes/src/sibling.test.ts": `import type { A } from "@brainops/providers";\nexport type X = A;\n`,
  "examples/x/imports-source.ts": `import type { A } from "@brainops/core/src/index.ts";\nexport type X = A;\n`,
  "examples/x/relative.ts": `import type { A } from "../../packages/core/src/index.ts";\nexport type X = A;\n`,
  "packages/core/src/graph/cycle-a.ts": `import type { B } from "./cycle-b.ts";\nexport type A = B | 1;\n`,
  "packages/core/src/graph/cycle-b.ts": `import type { A } from "./cycle-a.ts";\nexport type B = A | 2;\n`,
};

const sound: Record<string, string> = {
  "packages/core/src/graph/a.ts": `import type { C } from "../contracts/c.ts";\nexport type A = C;\n`,
  "packages/core/src/contracts/c.ts": `import type { D } from "./d.ts";\nexport type C = D;\n`,
  "packages/core/src/contracts/d.ts": `export type D = 1;\n`,
  "packages/core/src/graph/a.test.ts": `import { test } from "vitest";\nimport type { A } from "@brainops/core";\nexport const x: [unknown, A] = [test, 1];\n`,
  "packages/nodes/src/a.ts": `import type { A } from "@brainops/core";\nimport type { B } from "@brainops/core/testing";\nexport type X = A | B;\n`,
  "packages/nodes/src/a.test.ts": `import { test } from "vitest";\nimport type { A } from "@brainops/nodes";\nexport const x: [unknown, A] = [test, 1];\n`,
  "examples/x/a.ts": `import type { A } from "@brainops/core";\nimport type { B } from "@brainops/providers";\nexport type X = A | B;\n`,
};

describe("import rules", () => {
  const folder = mkdtempSync(join(tmpdir(), "brainops-lint-"));
  let reported: Set<string>;

  beforeAll(async () => {
    cpSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
    for (const [path, text] of Object.entries({ ...broken, ...sound })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const output = await new Promise<string>((done) => {
      execFile(process.execPath, [oxlint, "--format=unix"], { cwd: folder }, (_error, stdout) => done(stdout));
    });
    reported = new Set(
      output
        .split("\n")
        .filter((line) => /no-restricted-imports|no-cycle/.test(line))
        .map((line) => line.split(":")[0] ?? ""),
    );
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(Object.keys(broken))("%s is refused", (path) => {
    expect([...reported]).toContain(path);
  });

  test.each(Object.keys(sound))("%s is allowed", (path) => {
    expect([...reported]).not.toContain(path);
  });
});
