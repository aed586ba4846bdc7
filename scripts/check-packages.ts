// Looks at the packages as a user downloads them: that nothing of the tests is among the files, publint for the
// manifest, and attw for the types under every way of importing that is supported (ESM only).
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "./exec.ts";
import { packAll } from "./pack.ts";

const folder = mkdtempSync(join(tmpdir(), "brainops-pack-"));
try {
  for (const { file } of await packAll(folder)) {
    const files = execFileSync("tar", ["-tzf", file], { encoding: "utf8" }).split("\n");
    const ofTests = files.filter((path) => /\.test\.|fixture|__snapshots__|test-support|\.snap$/.test(path));
    if (ofTests.length > 0) throw new Error(`${file} has files of tests: ${ofTests.join(", ")}`);
    await exec("publint", ["run", "--strict", file]);
    await exec("attw", [
      "--profile",
      "esm-only",
      "--format",
      "ascii",
      "--no-emoji",
      "--no-summary",
      "--exclude-entrypoints",
      "./package.json",
      "--",
      file,
    ]);
  }
} finally {
  rmSync(folder, { recursive: true });
}
